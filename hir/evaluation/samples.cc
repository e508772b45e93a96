#include "hir/evaluation/samples.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/domain/reward.h"
#include "hir/evaluation/statistics.h"

namespace hir {

std::vector<InstructionRecord> Repeated(const std::vector<InstructionRecord>& records,
                                        int samples) {
  std::vector<InstructionRecord> all;
  all.reserve(records.size() * static_cast<size_t>(samples));
  for (int i = 0; i < samples; ++i) all.insert(all.end(), records.begin(), records.end());
  return all;
}

double PassAtK(int n, int c, int k) {
  if (n - c < k) return 1;
  double none = 1;
  for (int i = n - c + 1; i <= n; ++i) none *= 1.0 - static_cast<double>(k) / i;
  return 1 - none;
}

std::vector<std::pair<std::string, Interval>> SampleScores(const std::vector<EvalOutcome>& outcomes,
                                                           int samples) {
  std::vector<std::pair<std::string, Interval>> scores;
  if (samples < 2 || outcomes.empty()) return scores;
  const size_t prompts = outcomes.size() / static_cast<size_t>(samples);
  std::vector<int> met(prompts, 0);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    met[i % prompts] += RewardOf(outcomes[i].strict).value_or(0);
  }
  const auto add = [&](const std::string& name, int k) {
    std::vector<double> values(prompts);
    std::transform(met.begin(), met.end(), values.begin(),
                   [&](int c) { return PassAtK(samples, c, k); });
    scores.emplace_back(name, MeanInterval(values));
  };
  add(absl::StrCat("mean@", samples), 1);  // pass@1 is the mean share of right answers.
  for (int k = 2; k < samples; k *= 2) add(absl::StrCat("pass@", k), k);
  add(absl::StrCat("pass@", samples), samples);
  return scores;
}

std::map<std::string, KindScore> ScoresByKind(const std::vector<InstructionRecord>& records,
                                              const std::vector<EvalOutcome>& outcomes) {
  std::map<std::string, KindScore> kinds;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const std::vector<Constraint>& constraints = records[i % records.size()].constraints;
    for (size_t j = 0; j < constraints.size(); ++j) {
      KindScore& kind = kinds[constraints[j].kind];
      ++kind.count;
      kind.strict += outcomes[i].strict[j] == Verdict::kPass;
      kind.loose += outcomes[i].loose[j] == Verdict::kPass;
    }
  }
  return kinds;
}

std::string SampleLines(const std::vector<std::pair<std::string, Interval>>& scores) {
  std::string text;
  for (const auto& [name, interval] : scores) {
    absl::StrAppendFormat(&text, "%-20s %6.1f %%   [%.1f, %.1f]\n", name, 100 * interval.value,
                          100 * interval.low, 100 * interval.high);
  }
  return text;
}

std::string KindTable(const std::map<std::string, KindScore>& kinds) {
  if (kinds.empty()) return "";
  std::string text = absl::StrFormat("%-48s %6s %8s %8s\n", "kind", "count", "strict", "loose");
  for (const auto& [name, kind] : kinds) {
    absl::StrAppendFormat(&text, "%-48s %6d %6.1f %% %6.1f %%\n", name, kind.count,
                          100.0 * kind.strict / kind.count, 100.0 * kind.loose / kind.count);
  }
  return text;
}

}  // namespace hir
