// A step for tests, and a tokenizer that makes one token per byte.
#ifndef HIR_BATCH_TEST_STEP_H_
#define HIR_BATCH_TEST_STEP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hir/batch/step_input.h"

namespace hir {

// Adds task `number`, "question N" with the constraints "one", "two", "three", and a response for
// each of `verdicts`, which has a letter per constraint: p(ass), f(ail), u(ndecidable). Response i
// has i + 2 tokens and the mean entropy `entropies[i]`.
inline void AddTask(uint64_t number, const std::vector<std::string>& verdicts,
                    const std::vector<double>& entropies, StepInput& input) {
  TaskInput& task = input.tasks[number];
  task.instruction = {.question = absl::StrCat("question ", number), .layout = Layout::kLines};
  for (const char* text : {"one", "two", "three"}) {
    task.instruction.constraints.push_back({.text = text});
  }
  task.prompt_tokens = 3;
  for (uint32_t i = 0; i < verdicts.size(); ++i) {
    ScoredResponse response = {.id = {number, i}, .tokens = i + 2, .entropy_mean = entropies[i]};
    for (const char letter : verdicts[i]) {
      response.verdicts.push_back(letter == 'p'   ? Verdict::kPass
                                  : letter == 'f' ? Verdict::kFail
                                                  : Verdict::kUndecidable);
    }
    response.weights = {{.version = input.step - 1}};
    input.responses.push_back(response);
  }
}

// Two tasks at step 3. Their scores: CLA of 2/3 and 1/3 against entropies of 0.1 to 0.9.
inline StepInput TestStep() {
  StepInput input = {
      .step = 3, .first_insert = absl::FromUnixSeconds(1000), .now = absl::FromUnixSeconds(2000)};
  AddTask(5, {"ppf", "fff", "ppp"}, {0.1, 0.9, 0.5}, input);
  AddTask(6, {"pff", "ppu", "pfp"}, {0.9, 0.5, 0.4}, input);
  return input;
}

inline absl::StatusOr<std::vector<int32_t>> BytesOf(const std::string& text) {
  return std::vector<int32_t>(text.begin(), text.end());
}

}  // namespace hir

#endif  // HIR_BATCH_TEST_STEP_H_
