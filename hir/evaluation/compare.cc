#include "hir/evaluation/compare.h"

#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"
#include "hir/domain/verdict_json.h"
#include "hir/evaluation/statistics.h"

namespace hir {
namespace {

// What the answers to each prompt are worth.
struct PromptScores {
  std::vector<double> met;    // The share of its answers that meet all constraints.
  std::vector<double> share;  // The mean share of constraints that an answer meets.
};

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void AddPrompt(const std::vector<std::vector<Verdict>>& answers, PromptScores& scores) {
  double met = 0;
  double share = 0;
  for (const std::vector<Verdict>& verdicts : answers) {
    met += RewardOf(verdicts).value_or(0);
    share += ConstraintAccuracy(verdicts);
  }
  scores.met.push_back(met / static_cast<double>(answers.size()));
  scores.share.push_back(share / static_cast<double>(answers.size()));
}

PromptScores ScoresOf(const AnswerVerdicts& prompts) {
  PromptScores scores;
  for (const auto& answers : prompts) AddPrompt(answers, scores);
  return scores;
}

// One answer to each prompt.
AnswerVerdicts Single(const std::vector<std::vector<Verdict>>& answers) {
  AnswerVerdicts prompts;
  for (const std::vector<Verdict>& answer : answers) prompts.push_back({answer});
  return prompts;
}

ComparedMetric Compare(const std::string& metric, const std::vector<double>& before,
                       const std::vector<double>& after) {
  return {metric, Mean(before), Mean(after), PairedDifference(before, after)};
}

// `which` prompts, e.g. "held-out ".
Comparison CompareScores(const std::string& which, const PromptScores& first,
                         const PromptScores& last) {
  Comparison comparison{.prompts = first.met.size(), .metrics = {}};
  comparison.metrics.push_back(Compare(which + "prompts met strictly", first.met, last.met));
  comparison.metrics.push_back(
      Compare("constraints of a " + which + "prompt met", first.share, last.share));
  return comparison;
}

std::string Sentence(const ComparedMetric& metric, const std::string& first,
                     const std::string& second) {
  const Interval& change = metric.change;
  const bool noise = change.low <= 0 && change.high >= 0;
  return absl::StrFormat(
      "%s: %.1f %% %s, %.1f %% %s; difference %+.1f points, 95 %% interval [%+.1f, %+.1f] (%s)",
      metric.metric, 100 * metric.before, first, 100 * metric.after, second, 100 * change.value,
      100 * change.low, 100 * change.high, noise ? "could be noise" : "more than noise");
}

// A field of a line; a value that is not a text as JSON.
std::string TextOf(const nlohmann::json& line, const char* name) {
  const nlohmann::json value = line.value(name, nlohmann::json());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

absl::StatusOr<Comparison> CompareEvaluations(const RunFolder& folder, int64_t before,
                                              int64_t after) {
  HIR_ASSIGN_OR_RETURN(const std::vector<std::vector<Verdict>> first, folder.ReadVerdicts(before));
  HIR_ASSIGN_OR_RETURN(const std::vector<std::vector<Verdict>> last, folder.ReadVerdicts(after));
  if (first.size() != last.size() || first.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("the evaluations of steps ", before, " and ",
                                                      after, " are not of the same prompts."));
  }
  Comparison comparison =
      CompareScores("held-out ", ScoresOf(Single(first)), ScoresOf(Single(last)));
  comparison.before_step = before;
  comparison.after_step = after;
  return comparison;
}

absl::StatusOr<AnswerVerdicts> ReadBaseline(const std::string& path,
                                            const std::vector<InstructionRecord>& records) {
  HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> lines, ReadRecordLines(path));
  std::map<std::pair<std::string, std::string>, std::vector<std::vector<Verdict>>> answers;
  for (const RecordLine& line : lines) {
    answers[{TextOf(line.object, "key"), TextOf(line.object, "prompt")}].push_back(
        ReadVerdictList(line.object.value("strict", nlohmann::json())));
  }
  AnswerVerdicts prompts;
  std::set<std::pair<std::string, std::string>> found;
  for (const InstructionRecord& record : records) {
    const auto answered = answers.find({record.source_id, PromptText(record)});
    if (answered == answers.end()) break;
    found.insert(answered->first);
    prompts.push_back(answered->second);
  }
  if (prompts.size() == records.size() && found.size() == answers.size()) return prompts;
  return absl::FailedPreconditionError(absl::StrCat(
      path, " has answers to ", answers.size(), " prompts, which are not the ", records.size(),
      " of the suite; give the --log-samples of an evaluation of the same prompts."));
}

Comparison CompareAnswers(const AnswerVerdicts& baseline,
                          const std::vector<EvalOutcome>& outcomes) {
  AnswerVerdicts answers(baseline.size());
  for (size_t i = 0; i < outcomes.size(); ++i) {
    answers[i % baseline.size()].push_back(outcomes[i].strict);
  }
  return CompareScores("", ScoresOf(baseline), ScoresOf(answers));
}

std::string Describe(const Comparison& comparison, const std::string& first,
                     const std::string& second) {
  std::string text;
  for (const ComparedMetric& metric : comparison.metrics) {
    absl::StrAppend(&text, Sentence(metric, first, second), "\n");
  }
  return absl::StrCat(text, "(differences paired over ", comparison.prompts, " prompts)");
}

}  // namespace hir
