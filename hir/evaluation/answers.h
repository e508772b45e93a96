// Has the workers of a policy answer the prompts of an evaluation.
#ifndef HIR_EVALUATION_ANSWERS_H_
#define HIR_EVALUATION_ANSWERS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/base/clock.h"
#include "hir/data/record.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/run/evaluation_record.h"

namespace hir {

struct EvalSettings {
  std::string system_prompt;  // Empty = none.
  // JSON object of variables for the chat template, before those of the worker's run; empty = none.
  std::string chat_template_kwargs;
  double temperature = 0;
  int max_response_tokens = 0;  // Must be set: >= 1.
  uint64_t seed = 1;
  // Only responses drawn with these weights from first to last token count; others are generated
  // again. Unset = whatever the workers serve.
  std::optional<int64_t> version;
};

// Called as responses end: `done` of `total` are there.
using EvalProgress = std::function<void(size_t done, size_t total)>;

// What an evaluation needs from its caller while it runs. With several workers the functions are
// called on several threads: `progress` on one at a time, the others at any time.
struct EvalHooks {
  Clock& clock;  // Times the repeated calls.
  EvalProgress progress;
  std::function<bool()> should_stop;
  // Called before a worker is first asked, and again after each call of it that failed; returns
  // when that worker can be called, or with any error once `over` returns true. An error means that
  // this worker is not asked again.
  std::function<absl::Status(size_t worker, const std::function<bool()>& over)> await_worker =
      [](size_t, const std::function<bool()>&) { return absl::OkStatus(); };
};

using RolloutStubs = absl::Span<const std::unique_ptr<rollout::v1::Rollout::Stub>>;

// Gets one answer for each record: the prompts are dealt out evenly, and those that a worker leaves
// without an answer go to whichever is free next. A response depends on its prompt and the seed,
// not on the worker. Blocks. Calls are repeated while a worker is unreachable for a moment; the
// evaluation ends when no worker is left. CANCELLED: `should_stop` returned true. Other errors are
// those of the worker that was given up first.
absl::StatusOr<std::vector<EvalOutcome>> AskWorkers(RolloutStubs workers,
                                                    const std::vector<InstructionRecord>& records,
                                                    const EvalSettings& settings,
                                                    const EvalHooks& hooks);

}  // namespace hir

#endif  // HIR_EVALUATION_ANSWERS_H_
