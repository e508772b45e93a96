#include "cli/rollout_record.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/json_lines.h"
#include "hir/domain/wire/constraint.h"
#include "hir/text/reasoning.h"

namespace hir {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const char* VerdictName(common::v1::Verdict verdict) {
  switch (verdict) {
    case common::v1::VERDICT_PASS:
      return "pass";
    case common::v1::VERDICT_FAIL:
      return "fail";
    default:
      return "undecidable";
  }
}

struct Counts {
  int pass = 0;
  int fail = 0;
  int all = 0;
};

Counts CountVerdicts(const common::v1::ScoredResponse& scored) {
  Counts counts;
  for (const auto& verdict : scored.verdicts()) {
    counts.pass += verdict.verdict() == common::v1::VERDICT_PASS;
    counts.fail += verdict.verdict() == common::v1::VERDICT_FAIL;
    ++counts.all;
  }
  return counts;
}

// What an older version took as arguments though they are no object stays the text that it is.
json ArgumentsJson(const common::v1::Constraint& constraint) {
  return ParseArguments(constraint).value_or(json(constraint.arguments_json()));
}

ordered_json ConstraintsJson(const common::v1::ScoredResponse& scored) {
  ordered_json list = ordered_json::array();
  const auto& constraints = scored.response().instruction().constraints();
  for (int i = 0; i < constraints.size() && i < scored.verdicts_size(); ++i) {
    ordered_json item;
    item["kind"] = constraints[i].kind();
    item["arguments"] = ArgumentsJson(constraints[i]);
    item["text"] = constraints[i].text();
    item["verdict"] = VerdictName(scored.verdicts(i).verdict());
    if (!scored.verdicts(i).reason().empty()) item["reason"] = scored.verdicts(i).reason();
    list.push_back(item);
  }
  return list;
}

void AddReward(const Counts& counts, ordered_json& line) {
  if (counts.fail > 0) {
    line["reward"] = 0;
  } else if (counts.pass == counts.all) {
    line["reward"] = 1;
  } else {
    line["reward"] = nullptr;
  }
  line["constraint_accuracy"] =
      counts.all > 0 ? static_cast<double>(counts.pass) / counts.all : 0.0;
}

template <typename Repeated>
ordered_json List(const Repeated& values) {
  ordered_json list = ordered_json::array();
  for (const auto value : values) list.push_back(value);
  return list;
}

ordered_json WeightsJson(const common::v1::Response& response) {
  ordered_json list = ordered_json::array();
  for (const common::v1::VersionSpan& span : response.versions()) {
    ordered_json item;
    item["first_token"] = span.first_token();
    item["incarnation"] = span.weights().incarnation();
    item["version"] = span.weights().version();
    item["digest"] = absl::BytesToHexString(span.weights().digest());
    list.push_back(item);
  }
  return list;
}

// Names as `hir hindsight` writes them.
void AddReplay(const replay::v1::BatchRow& row, ordered_json& line) {
  line["score"] = row.score();
  line["diversity_nats"] = row.diversity_nats();
  line["integrity"] = row.integrity();
  line["kept_constraints"] = List(row.kept_constraints());
  line["dropped_constraints"] = List(row.dropped_constraints());
  line["rewritten_instruction"] = row.rewritten_instruction();
}

}  // namespace

ordered_json RolloutJson(const replay::v1::RolloutRecord& record) {
  const common::v1::ScoredResponse& scored = record.scored();
  const common::v1::Response& response = scored.response();
  ordered_json line;
  line["kind"] = "rollout";
  line["run"] = response.id().run();
  line["step"] = response.step();
  line["task"] = response.id().task();
  line["sample"] = response.id().sample();
  line["group_id"] = absl::StrCat(response.id().run(), "/", response.id().task());
  line["source_id"] = response.instruction().source_id();
  line["policy_version"] =
      response.versions_size() > 0 ? response.versions(0).weights().version() : 0;
  line["question"] = response.instruction().question();
  line["layout"] = static_cast<int>(response.instruction().layout());
  line["prompt_is_complete"] = response.instruction().prompt_is_complete();
  line["constraints"] = ConstraintsJson(scored);
  AddReward(CountVerdicts(scored), line);
  line["finish_reason"] =
      response.finish_reason() == common::v1::FINISH_REASON_LENGTH ? "length" : "stop";
  line["text"] = response.text();
  if (!response.reasoning_end().empty()) {
    line["reasoning_end"] = response.reasoning_end();
    line["reasoning_ended"] = ReasoningEnded(response.text(), response.reasoning_end());
  }
  line["prompt_token_ids"] = List(response.prompt_token_ids());
  line["token_ids"] = List(response.token_ids());
  line["logprobs"] = List(response.logprobs());
  line["entropy_mean_nats"] = response.entropy_mean_nats();
  line["verifier_build"] = scored.verifier_build();
  line["weights"] = WeightsJson(response);
  line["replayed"] = record.has_replay();
  if (record.has_replay()) AddReplay(record.replay(), line);
  return line;
}

std::string RolloutLines(const std::vector<replay::v1::RolloutRecord>& records) {
  std::string lines;
  for (const replay::v1::RolloutRecord& record : records) lines += ToLine(RolloutJson(record));
  return lines;
}

}  // namespace hir
