#include "cli/evaluation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/instructions.h"
#include "hir/base/clock.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

using common::v1::Verdict;

constexpr absl::Duration kGenerateTimeout = absl::Hours(12);  // Broken peers are seen by pings.
constexpr absl::Duration kVerifyTimeout = absl::Minutes(5);
constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr size_t kItemsACall = 256;

rollout::v1::Prompt MakePrompt(const InstructionRecord& record, const EvalSettings& settings,
                               size_t key) {
  rollout::v1::Prompt prompt;
  if (!settings.system_prompt.empty()) {
    rollout::v1::ChatMessage& message = *prompt.add_messages();
    message.set_role("system");
    message.set_content(settings.system_prompt);
  }
  rollout::v1::ChatMessage& message = *prompt.add_messages();
  message.set_role("user");
  message.set_content(PromptText(record));
  prompt.set_key(key);
  prompt.set_responses(1);
  return prompt;
}

void Take(const rollout::v1::GenerateResponse& response, EvalOutcome& outcome) {
  outcome.text = response.text();
  outcome.truncated = response.finish_reason() == common::v1::FINISH_REASON_LENGTH;
  outcome.tokens = response.token_ids_size();
  if (response.versions_size() > 0) outcome.version = response.versions(0).weights().version();
}

// One call for all prompts that have no answer yet; marks those it gets.
absl::Status GenerateMissing(rollout::v1::Rollout::Stub& rollout,
                             const std::vector<InstructionRecord>& records,
                             const EvalSettings& settings, const EvalProgress& progress,
                             const std::function<bool()>& should_stop, std::vector<bool>& done,
                             std::vector<EvalOutcome>& outcomes) {
  rollout::v1::GenerateRequest request;
  for (size_t i = 0; i < records.size(); ++i) {
    if (!done[i]) *request.add_prompts() = MakePrompt(records[i], settings, i);
  }
  common::v1::SamplingSettings& sampling = *request.mutable_sampling();
  sampling.set_temperature(settings.temperature);
  sampling.set_top_p(1);
  sampling.set_max_response_tokens(settings.max_response_tokens);
  sampling.set_seed(settings.seed);
  size_t finished = std::count(done.begin(), done.end(), true);
  grpc::ClientContext context;
  SetDeadline(context, kGenerateTimeout);
  const auto reader = rollout.Generate(&context, request);
  rollout::v1::GenerateResponse response;
  while (reader->Read(&response)) {
    if (should_stop()) context.TryCancel();
    if (!response.done() || response.key() >= records.size() || done[response.key()]) continue;
    Take(response, outcomes[response.key()]);
    done[response.key()] = true;
    progress(++finished, records.size());
  }
  const absl::Status status = FromGrpc(reader->Finish());
  if (should_stop()) return absl::CancelledError("interrupted during an evaluation.");
  if (status.ok() && finished < records.size()) {
    return absl::UnavailableError("the rollout worker ended its answer early.");
  }
  return status;
}

absl::Status VerifyRange(verifier::v1::Verifier::Stub& verifier,
                         const std::vector<InstructionRecord>& records, size_t begin, size_t end,
                         std::vector<EvalOutcome>& outcomes) {
  verifier::v1::VerifyRequest request;
  for (size_t i = begin; i < end; ++i) {
    verifier::v1::VerifyItem& item = *request.add_items();
    item.set_response(outcomes[i].text);
    *item.mutable_constraints() = ToProto(records[i]).constraints();
  }
  verifier::v1::VerifyResponse response;
  grpc::ClientContext context;
  SetDeadline(context, kVerifyTimeout);
  HIR_RETURN_IF_ERROR(FromGrpc(verifier.Verify(&context, request, &response)));
  if (static_cast<size_t>(response.results_size()) != end - begin) {
    return absl::InternalError("the verifier left out results.");
  }
  for (size_t i = begin; i < end; ++i) {
    EvalOutcome& outcome = outcomes[i];
    const verifier::v1::VerifyResult& result = response.results(static_cast<int>(i - begin));
    outcome.strict.clear();
    outcome.loose.clear();
    for (const auto& verdict : result.strict()) outcome.strict.push_back(verdict.verdict());
    for (const auto& verdict : result.loose()) outcome.loose.push_back(verdict.verdict());
  }
  return absl::OkStatus();
}

Tally TallyOf(const std::vector<Verdict>& verdicts) {
  const auto met = std::count(verdicts.begin(), verdicts.end(), common::v1::VERDICT_PASS);
  return {static_cast<int>(met), static_cast<int>(verdicts.size())};
}

nlohmann::ordered_json VerdictList(const std::vector<Verdict>& verdicts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Verdict verdict : verdicts) {
    if (verdict == common::v1::VERDICT_UNDECIDABLE) {
      list.push_back("undecidable");
    } else {
      list.push_back(verdict == common::v1::VERDICT_PASS);
    }
  }
  return list;
}

}  // namespace

absl::StatusOr<std::vector<EvalOutcome>> Evaluate(rollout::v1::Rollout::Stub& rollout,
                                                  verifier::v1::Verifier::Stub& verifier,
                                                  const std::vector<InstructionRecord>& records,
                                                  const EvalSettings& settings,
                                                  const EvalProgress& progress,
                                                  const std::function<bool()>& should_stop) {
  RealClock clock;
  std::vector<EvalOutcome> outcomes(records.size());
  std::vector<bool> done(records.size(), false);
  const RetryPolicy policy = {.max_elapsed = kPatience};
  HIR_RETURN_IF_ERROR(Retry(
      clock, policy,
      [&] {
        return GenerateMissing(rollout, records, settings, progress, should_stop, done, outcomes);
      },
      should_stop));
  for (size_t begin = 0; begin < records.size(); begin += kItemsACall) {
    const size_t end = std::min(records.size(), begin + kItemsACall);
    HIR_RETURN_IF_ERROR(Retry(
        clock, policy, [&] { return VerifyRange(verifier, records, begin, end, outcomes); },
        should_stop));
  }
  return outcomes;
}

bool AllMet(const std::vector<Verdict>& verdicts) {
  return std::all_of(verdicts.begin(), verdicts.end(),
                     [](Verdict verdict) { return verdict == common::v1::VERDICT_PASS; });
}

EvalSummary Summarise(const std::vector<EvalOutcome>& outcomes) {
  EvalSummary summary;
  summary.prompts = static_cast<int>(outcomes.size());
  if (outcomes.empty()) return summary;
  int64_t strict = 0;
  int64_t loose = 0;
  std::vector<Tally> strict_tallies;
  std::vector<Tally> loose_tallies;
  for (const EvalOutcome& outcome : outcomes) {
    strict += AllMet(outcome.strict);
    loose += AllMet(outcome.loose);
    strict_tallies.push_back(TallyOf(outcome.strict));
    loose_tallies.push_back(TallyOf(outcome.loose));
    summary.truncated_ratio += outcome.truncated;
    summary.mean_tokens += static_cast<double>(outcome.tokens);
    summary.undecidable += static_cast<int>(
        std::count(outcome.strict.begin(), outcome.strict.end(), common::v1::VERDICT_UNDECIDABLE));
  }
  summary.truncated_ratio /= summary.prompts;
  summary.mean_tokens /= summary.prompts;
  summary.prompt_strict = WilsonInterval(strict, summary.prompts);
  summary.prompt_loose = WilsonInterval(loose, summary.prompts);
  summary.instruction_strict = RatioInterval(strict_tallies);
  summary.instruction_loose = RatioInterval(loose_tallies);
  return summary;
}

nlohmann::ordered_json OutcomeRecord(const InstructionRecord& record, const EvalOutcome& outcome) {
  nlohmann::ordered_json line;
  line["key"] = record.id;
  line["prompt"] = PromptText(record);
  line["response"] = outcome.text;
  line["instruction_id_list"] = nlohmann::ordered_json::array();
  line["kwargs"] = nlohmann::ordered_json::array();
  for (const ConstraintText& constraint : record.constraints) {
    line["instruction_id_list"].push_back(constraint.kind);
    line["kwargs"].push_back(nlohmann::ordered_json(
        constraint.arguments.is_null() ? nlohmann::json::object() : constraint.arguments));
  }
  line["strict"] = VerdictList(outcome.strict);
  line["loose"] = VerdictList(outcome.loose);
  line["tokens"] = outcome.tokens;
  line["truncated"] = outcome.truncated;
  line["policy_version"] = outcome.version;
  return line;
}

void AddSummary(const EvalSummary& summary, nlohmann::ordered_json& line) {
  const auto add = [&line](const std::string& name, const Interval& interval) {
    line[name] = interval.value;
    line[name + "_low"] = interval.low;
    line[name + "_high"] = interval.high;
  };
  line["prompts"] = summary.prompts;
  add("prompt_strict", summary.prompt_strict);
  add("prompt_loose", summary.prompt_loose);
  add("instruction_strict", summary.instruction_strict);
  add("instruction_loose", summary.instruction_loose);
  line["truncated_ratio"] = summary.truncated_ratio;
  line["response_tokens_mean"] = summary.mean_tokens;
  line["undecidable"] = summary.undecidable;
}

std::string SummaryTable(const EvalSummary& summary) {
  const auto row = [](const char* name, const Interval& interval) {
    return absl::StrFormat("%-20s %6.1f %%   [%.1f, %.1f]\n", name, 100 * interval.value,
                           100 * interval.low, 100 * interval.high);
  };
  return absl::StrCat(
      absl::StrFormat("%d prompts, 95 %% intervals; undecidable counts as not met\n",
                      summary.prompts),
      row("prompt strict", summary.prompt_strict), row("prompt loose", summary.prompt_loose),
      row("instruction strict", summary.instruction_strict),
      row("instruction loose", summary.instruction_loose),
      absl::StrFormat("%.1f tokens a response, %.1f %% cut at the limit, %d undecidable verdicts\n",
                      summary.mean_tokens, 100 * summary.truncated_ratio, summary.undecidable));
}

}  // namespace hir
