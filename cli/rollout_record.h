// One line of runs/NAME/rollouts/step_000001.jsonl: a response, its verdicts and its fate.
#ifndef HIR_CLI_ROLLOUT_RECORD_H_
#define HIR_CLI_ROLLOUT_RECORD_H_

#include <string>
#include <vector>

#include "hir/replay/v1/replay.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

// Fields, documented in docs/run-folder.md: kind, run, step, task, sample, group_id,
// policy_version, question, layout, prompt_is_complete, constraints [{kind, arguments, text,
// verdict}], reward (1, 0, or null when undecidable constraints leave it open),
// constraint_accuracy, finish_reason, text, reasoning_end and reasoning_ended (of a run with
// model.reasoning_end), prompt_token_ids, token_ids, logprobs,
// entropy_mean_nats, verifier_build, weights [{first_token, incarnation, version, digest}],
// replayed; of replayed ones also score, diversity_nats, integrity, kept_constraints,
// dropped_constraints and rewritten_instruction.
nlohmann::ordered_json RolloutJson(const replay::v1::RolloutRecord& record);

// All lines of a step.
std::string RolloutLines(const std::vector<replay::v1::RolloutRecord>& records);

}  // namespace hir

#endif  // HIR_CLI_ROLLOUT_RECORD_H_
