// Tasks and responses for tests.
#ifndef HIR_SERVICES_REPLAY_SAMPLE_RECORDS_H_
#define HIR_SERVICES_REPLAY_SAMPLE_RECORDS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "hir/common/v1/common.pb.h"
#include "hir/config/run_config.h"
#include "hir/domain/wire/response_check.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// A task "question N" with the constraints "one", "two", "three", three responses wanted.
inline replay::v1::Task MakeTask(uint64_t number, int64_t step) {
  replay::v1::Task task;
  task.set_task(number);
  task.set_step(step);
  task.set_responses(3);
  common::v1::Instruction& instruction = *task.mutable_instruction();
  instruction.set_question(absl::StrCat("question ", number));
  for (const char* text : {"one", "two", "three"}) {
    common::v1::Constraint& constraint = *instruction.add_constraints();
    constraint.set_kind("keywords:existence");
    constraint.set_text(text);
  }
  instruction.set_layout(common::v1::LAYOUT_LINES);
  return task;
}

// A valid response to `task` in a run of default settings. `verdicts` has one letter per
// constraint: p(ass), f(ail), u(ndecidable). It has `sample` + 2 tokens, one per byte: "de", "def",
// ...
inline common::v1::ScoredResponse MakeScored(const replay::v1::LeasedTask& task, uint32_t sample,
                                             const std::string& verdicts, double entropy,
                                             const std::string& run = "run") {
  common::v1::ScoredResponse scored;
  common::v1::Response& response = *scored.mutable_response();
  response.set_schema_version(kResponseSchema);
  response.mutable_id()->set_run(run);
  response.mutable_id()->set_task(task.task().task());
  response.mutable_id()->set_sample(sample);
  response.set_fencing_token(task.fencing_token());
  response.set_step(task.task().step());
  *response.mutable_instruction() = task.task().instruction();
  *response.mutable_prompt_token_ids() = task.prompt_token_ids();
  for (uint32_t i = 0; i < sample + 2; ++i) {
    response.add_token_ids(static_cast<int32_t>('d' + i));
    response.mutable_text()->push_back(static_cast<char>('d' + i));
    response.add_logprobs(-0.5f);
  }
  response.set_entropy_mean_nats(entropy);
  response.set_finish_reason(common::v1::FINISH_REASON_STOP);
  const RunConfig settings;
  response.mutable_sampling()->set_temperature(settings.rollout.temperature);
  response.mutable_sampling()->set_top_p(settings.rollout.top_p);
  response.mutable_sampling()->set_max_response_tokens(settings.rollout.max_response_tokens);
  response.mutable_sampling()->set_seed(settings.seed);
  common::v1::WeightsId& weights = *response.add_versions()->mutable_weights();
  weights.set_run(run);
  weights.set_version(task.task().step() - 1);
  for (char letter : verdicts) {
    scored.add_verdicts()->set_verdict(letter == 'p'   ? common::v1::VERDICT_PASS
                                       : letter == 'f' ? common::v1::VERDICT_FAIL
                                                       : common::v1::VERDICT_UNDECIDABLE);
  }
  scored.set_verifier_build("test");
  return scored;
}

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_SAMPLE_RECORDS_H_
