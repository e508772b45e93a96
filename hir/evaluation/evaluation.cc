#include "hir/evaluation/evaluation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/client/cancel_on_stop.h"
#include "hir/domain/reward.h"
#include "hir/domain/wire/constraint.h"
#include "hir/domain/wire/verdict.h"
#include "hir/evaluation/statistics.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"
#include "hir/text/reasoning.h"

namespace hir {
namespace {

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
  prompt.mutable_chat()->set_variables_json(settings.chat_template_kwargs);
  prompt.set_key(key);
  prompt.set_responses(1);
  return prompt;
}

void Take(const rollout::v1::GenerateResponse& response, EvalOutcome& outcome) {
  outcome.text = response.text();
  outcome.reasoning_end = response.reasoning_end();
  outcome.truncated = response.finish_reason() == common::v1::FINISH_REASON_LENGTH;
  outcome.tokens = response.token_ids_size();
  if (response.versions_size() > 0) outcome.version = response.versions(0).weights().version();
}

// The answers to all prompts, over as many calls of the worker as it takes.
class Generation {
 public:
  Generation(rollout::v1::Rollout::Stub& rollout, const std::vector<InstructionRecord>& records,
             const EvalSettings& settings, const EvalHooks& hooks)
      : rollout_(rollout),
        records_(records),
        settings_(settings),
        hooks_(hooks),
        done_(records.size(), false),
        outcomes_(records.size()) {}

  absl::StatusOr<std::vector<EvalOutcome>> Run() {
    // Patience counts from the last answer, and a call may go on for longer than that.
    while (true) {
      const size_t answered = answered_;
      int calls = 0;
      absl::Status not_ready;
      const absl::Status status = Retry(
          hooks_.clock, {.max_elapsed = kPatience},
          [&] {
            ++calls;
            not_ready = hooks_.await_worker();
            return not_ready.ok() ? AskForMissing() : absl::OkStatus();
          },
          hooks_.should_stop);
      HIR_RETURN_IF_ERROR(not_ready);
      if (status.ok()) return std::move(outcomes_);
      const bool in_vain = calls > 1 && answered_ == answered;
      if (in_vain || !IsRetryable(status) || hooks_.should_stop()) return status;
    }
  }

 private:
  rollout::v1::GenerateRequest Request() const {
    rollout::v1::GenerateRequest request;
    for (size_t i = 0; i < records_.size(); ++i) {
      if (!done_[i]) *request.add_prompts() = MakePrompt(records_[i], settings_, i);
    }
    common::v1::SamplingSettings& sampling = *request.mutable_sampling();
    sampling.set_temperature(settings_.temperature);
    sampling.set_top_p(1);
    sampling.set_max_response_tokens(settings_.max_response_tokens);
    sampling.set_seed(settings_.seed);
    return request;
  }

  // A worker that was started again serves its folder's weights until it has fetched newer ones.
  bool IsOfWantedVersion(const rollout::v1::GenerateResponse& response) const {
    if (!settings_.version) return true;
    return std::all_of(response.versions().begin(), response.versions().end(),
                       [this](const common::v1::VersionSpan& span) {
                         return span.weights().version() == *settings_.version;
                       });
  }

  // One call for all prompts that have no answer yet; keeps those it gets.
  absl::Status AskForMissing() {
    grpc::ClientContext context;
    PrepareCall(context, kGenerateTimeout);
    const CancelOnStop cancel_on_stop(context, hooks_.should_stop);
    const auto reader = rollout_.Generate(&context, Request());
    rollout::v1::GenerateResponse response;
    while (reader->Read(&response)) {
      const uint64_t key = response.key();
      if (!response.done() || key >= records_.size() || done_[key]) continue;
      if (!IsOfWantedVersion(response)) continue;
      Take(response, outcomes_[key]);
      done_[key] = true;
      hooks_.progress(++answered_, records_.size());
    }
    const absl::Status status = FromGrpc(reader->Finish());
    if (hooks_.should_stop()) return absl::CancelledError("interrupted during an evaluation.");
    if (status.ok() && answered_ < records_.size()) {
      return absl::UnavailableError(
          "the rollout worker left prompts unanswered, or answered with other weights.");
    }
    return status;
  }

  rollout::v1::Rollout::Stub& rollout_;
  const std::vector<InstructionRecord>& records_;
  const EvalSettings& settings_;
  const EvalHooks& hooks_;
  size_t answered_ = 0;
  std::vector<bool> done_;
  std::vector<EvalOutcome> outcomes_;
};

absl::Status VerifyRange(verifier::v1::Verifier::Stub& verifier,
                         const std::vector<InstructionRecord>& records, size_t begin, size_t end,
                         std::vector<EvalOutcome>& outcomes) {
  verifier::v1::VerifyRequest request;
  for (size_t i = begin; i < end; ++i) {
    verifier::v1::VerifyItem& item = *request.add_items();
    item.set_response(outcomes[i].text);
    item.set_reasoning_end(outcomes[i].reasoning_end);
    for (const Constraint& constraint : records[i].constraints) {
      *item.add_constraints() = ToProto(constraint);
    }
  }
  verifier::v1::VerifyResponse response;
  grpc::ClientContext context;
  PrepareCall(context, kVerifyTimeout);
  HIR_RETURN_IF_ERROR(FromGrpc(verifier.Verify(&context, request, &response)));
  if (static_cast<size_t>(response.results_size()) != end - begin) {
    return absl::InternalError("the verifier left out results.");
  }
  for (size_t i = begin; i < end; ++i) {
    EvalOutcome& outcome = outcomes[i];
    const verifier::v1::VerifyResult& result = response.results(static_cast<int>(i - begin));
    outcome.strict = VerdictsOf(result.strict());
    outcome.loose = VerdictsOf(result.loose());
  }
  return absl::OkStatus();
}

Tally TallyOf(const std::vector<Verdict>& verdicts) {
  return {static_cast<int>(ConstraintsMet(verdicts)), static_cast<int>(verdicts.size())};
}

}  // namespace

absl::StatusOr<std::vector<EvalOutcome>> Evaluate(rollout::v1::Rollout::Stub& rollout,
                                                  verifier::v1::Verifier::Stub& verifier,
                                                  const std::vector<InstructionRecord>& records,
                                                  const EvalSettings& settings,
                                                  const EvalHooks& hooks) {
  HIR_ASSIGN_OR_RETURN(std::vector<EvalOutcome> outcomes,
                       Generation(rollout, records, settings, hooks).Run());
  for (size_t begin = 0; begin < records.size(); begin += kItemsACall) {
    const size_t end = std::min(records.size(), begin + kItemsACall);
    HIR_RETURN_IF_ERROR(Retry(
        hooks.clock, {.max_elapsed = kPatience},
        [&] { return VerifyRange(verifier, records, begin, end, outcomes); }, hooks.should_stop));
  }
  return outcomes;
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
    strict += RewardOf(outcome.strict).value_or(0);
    loose += RewardOf(outcome.loose).value_or(0);
    strict_tallies.push_back(TallyOf(outcome.strict));
    loose_tallies.push_back(TallyOf(outcome.loose));
    summary.truncated += outcome.truncated;
    summary.reasoning_unended += !ReasoningEnded(outcome.text, outcome.reasoning_end);
    summary.mean_tokens += static_cast<double>(outcome.tokens);
    summary.undecidable += static_cast<int>(
        std::count(outcome.strict.begin(), outcome.strict.end(), Verdict::kUndecidable));
  }
  summary.mean_tokens /= summary.prompts;
  summary.prompt_strict = WilsonInterval(strict, summary.prompts);
  summary.prompt_loose = WilsonInterval(loose, summary.prompts);
  summary.truncated_ratio = WilsonInterval(summary.truncated, summary.prompts);
  summary.instruction_strict = RatioInterval(strict_tallies);
  summary.instruction_loose = RatioInterval(loose_tallies);
  return summary;
}

std::string OutcomeLines(const std::vector<InstructionRecord>& records,
                         const std::vector<EvalOutcome>& outcomes) {
  std::string lines;
  for (size_t i = 0; i < records.size(); ++i) lines += ToLine(OutcomeJson(records[i], outcomes[i]));
  return lines;
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
      row("cut at the limit", summary.truncated_ratio),
      absl::StrFormat("%.1f tokens per response, %d of %d responses cut at the limit, "
                      "%d undecidable verdicts\n",
                      summary.mean_tokens, summary.truncated, summary.prompts, summary.undecidable),
      summary.reasoning_unended == 0
          ? ""
          : absl::StrFormat("%d responses whose reasoning never ended, judged as empty answers\n",
                            summary.reasoning_unended));
}

}  // namespace hir
