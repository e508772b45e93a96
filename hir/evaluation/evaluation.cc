#include "hir/evaluation/evaluation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
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

constexpr absl::Duration kVerifyTimeout = absl::Minutes(5);
constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr size_t kItemsACall = 256;

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
    const size_t asked = records[i].constraints.size();
    if (outcome.strict.size() != asked || outcome.loose.size() != asked) {
      return absl::InternalError(absl::StrCat("the verifier gave ", outcome.strict.size(),
                                              " strict and ", outcome.loose.size(),
                                              " loose verdicts on ", asked, " constraints."));
    }
  }
  return absl::OkStatus();
}

void Add(const std::vector<Verdict>& verdicts, Tally& tally) {
  tally.met += static_cast<int>(ConstraintsMet(verdicts));
  tally.total += static_cast<int>(verdicts.size());
}

// `counts` = by prompt, how many of its answers.
Interval ShareOfAnswers(std::vector<double> counts, int samples) {
  if (samples == 1) {
    const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
    return WilsonInterval(std::llround(sum), static_cast<int64_t>(counts.size()));
  }
  for (double& count : counts) count /= samples;
  return MeanInterval(counts);
}

}  // namespace

absl::StatusOr<std::vector<EvalOutcome>> Evaluate(const RingStubs& ring,
                                                  const std::vector<InstructionRecord>& records,
                                                  const EvalSettings& settings,
                                                  const EvalHooks& hooks) {
  HIR_ASSIGN_OR_RETURN(std::vector<EvalOutcome> outcomes,
                       AskWorkers(ring.rollouts, records, settings, hooks));
  for (size_t begin = 0; begin < records.size(); begin += kItemsACall) {
    const size_t end = std::min(records.size(), begin + kItemsACall);
    HIR_RETURN_IF_ERROR(Retry(
        hooks.clock, {.max_elapsed = kPatience},
        [&] { return VerifyRange(*ring.verifier, records, begin, end, outcomes); },
        hooks.should_stop));
  }
  return outcomes;
}

EvalSummary Summarise(const std::vector<EvalOutcome>& outcomes, int samples) {
  EvalSummary summary;
  if (outcomes.empty()) return summary;
  summary.samples = samples;
  summary.prompts = static_cast<int>(outcomes.size()) / samples;
  const size_t prompts = static_cast<size_t>(summary.prompts);
  std::vector<double> strict(prompts, 0), loose(prompts, 0), truncated(prompts, 0);
  std::vector<Tally> strict_tallies(prompts), loose_tallies(prompts);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const EvalOutcome& outcome = outcomes[i];
    const size_t prompt = i % prompts;
    strict[prompt] += RewardOf(outcome.strict).value_or(0);
    loose[prompt] += RewardOf(outcome.loose).value_or(0);
    truncated[prompt] += outcome.truncated;
    Add(outcome.strict, strict_tallies[prompt]);
    Add(outcome.loose, loose_tallies[prompt]);
    summary.truncated += outcome.truncated;
    summary.reasoning_unended += !ReasoningEnded(outcome.text, outcome.reasoning_end);
    summary.mean_tokens += static_cast<double>(outcome.tokens);
    summary.undecidable += static_cast<int>(
        std::count(outcome.strict.begin(), outcome.strict.end(), Verdict::kUndecidable));
  }
  summary.mean_tokens /= static_cast<double>(outcomes.size());
  summary.prompt_strict = ShareOfAnswers(strict, samples);
  summary.prompt_loose = ShareOfAnswers(loose, samples);
  summary.truncated_ratio = ShareOfAnswers(truncated, samples);
  summary.instruction_strict = RatioInterval(strict_tallies);
  summary.instruction_loose = RatioInterval(loose_tallies);
  return summary;
}

std::string OutcomeLines(const std::vector<InstructionRecord>& records,
                         const std::vector<EvalOutcome>& outcomes) {
  std::string lines;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    lines += ToLine(OutcomeJson(records[i % records.size()], outcomes[i]));
  }
  return lines;
}

std::string SummaryTable(const EvalSummary& summary) {
  const auto row = [](const char* name, const Interval& interval) {
    return absl::StrFormat("%-20s %6.1f %%   [%.1f, %.1f]\n", name, 100 * interval.value,
                           100 * interval.low, 100 * interval.high);
  };
  return absl::StrCat(
      absl::StrCat(
          summary.prompts, " prompts",
          summary.samples == 1 ? "" : absl::StrCat(" with ", summary.samples, " answers each"),
          ", 95 % intervals; undecidable counts as not met\n"),
      row("prompt strict", summary.prompt_strict), row("prompt loose", summary.prompt_loose),
      row("instruction strict", summary.instruction_strict),
      row("instruction loose", summary.instruction_loose),
      row("cut at the limit", summary.truncated_ratio),
      absl::StrFormat("%.1f tokens per response, %d of %d responses cut at the limit, "
                      "%d undecidable verdicts\n",
                      summary.mean_tokens, summary.truncated, summary.prompts * summary.samples,
                      summary.undecidable),
      summary.reasoning_unended == 0
          ? ""
          : absl::StrFormat("%d responses whose reasoning never ended, judged as empty answers\n",
                            summary.reasoning_unended));
}

}  // namespace hir
