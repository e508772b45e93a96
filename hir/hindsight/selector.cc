#include "hir/hindsight/selector.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"
#include "hir/domain/sample_id.h"
#include "hir/hindsight/curriculum.h"

namespace hir {
namespace {

struct Ranked {
  Candidate candidate;
  double rank;  // Higher is better.
  uint64_t task;
  uint32_t sample;
};

bool Better(const Ranked& a, const Ranked& b) {
  return std::tuple(-a.rank, -a.candidate.score.diversity, a.task, a.sample) <
         std::tuple(-b.rank, -b.candidate.score.diversity, b.task, b.sample);
}

absl::Status CheckSettings(const SelectionSettings& settings) {
  if (settings.hindsight.replay_per_prompt < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "replay_per_prompt is ", settings.hindsight.replay_per_prompt, "; it must be at least 0"));
  }
  if (settings.instructions < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("instructions is ", settings.instructions, "; it must be at least 0"));
  }
  return absl::OkStatus();
}

absl::Status CheckSample(const ScoredSample& sample) {
  if (!std::isfinite(sample.entropy_mean_nats) || sample.entropy_mean_nats < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("entropy_mean_nats of ", NameOf({sample.task, sample.sample}), " is ",
                     sample.entropy_mean_nats, "; it must be a finite number of at least 0"));
  }
  if (sample.tokens < 0) {
    return absl::InvalidArgumentError(absl::StrCat("tokens of ",
                                                   NameOf({sample.task, sample.sample}), " is ",
                                                   sample.tokens, "; it must be at least 0"));
  }
  return absl::OkStatus();
}

// The run's seed also keys token sampling; a name of its own keeps the two streams apart.
double RandomRank(const ScoredSample& sample, uint64_t seed, int64_t step) {
  const uint64_t key =
      CounterRandom(seed ^ SeedOfName("hindsight selection"), static_cast<uint64_t>(step))();
  return UniformAt(key, sample.task, sample.sample, 0);
}

absl::StatusOr<std::vector<Ranked>> RankEligible(absl::Span<const ScoredSample> pool,
                                                 const SelectionSettings& settings, double lambda,
                                                 int64_t step) {
  std::vector<Ranked> ranked;
  for (size_t i = 0; i < pool.size(); ++i) {
    const ScoredSample& sample = pool[i];
    HIR_RETURN_IF_ERROR(CheckSample(sample));
    if (!sample.rewritable || !EligibleForReplay(sample.verdicts)) continue;
    if (sample.truncated && !settings.hindsight.replay_truncated) continue;
    const SelectionScore score = ScoreSample(sample, settings.hindsight, lambda);
    const double rank = settings.hindsight.mode == SelectionMode::kRandom
                            ? RandomRank(sample, settings.seed, step)
                            : score.total;
    ranked.push_back({{i, score}, rank, sample.task, sample.sample});
  }
  std::sort(ranked.begin(), ranked.end(), Better);
  return ranked;
}

// The pools in which candidates compete, best first in each; groups in order of their task.
std::vector<std::vector<Ranked>> Pools(std::vector<Ranked> ranked, SelectionScope scope) {
  if (scope == SelectionScope::kBatch) return {std::move(ranked)};
  std::map<uint64_t, std::vector<Ranked>> by_task;
  for (Ranked& entry : ranked) by_task[entry.task].push_back(std::move(entry));
  std::vector<std::vector<Ranked>> pools;
  for (auto& [task, pool] : by_task) pools.push_back(std::move(pool));
  return pools;
}

std::vector<Candidate> BestFirst(std::vector<Ranked> entries) {
  std::sort(entries.begin(), entries.end(), Better);
  std::vector<Candidate> candidates;
  candidates.reserve(entries.size());
  for (const Ranked& entry : entries) candidates.push_back(entry.candidate);
  return candidates;
}

}  // namespace

SelectionScore ScoreSample(const ScoredSample& sample, const HindsightConfig& settings,
                           double lambda) {
  SelectionScore score;
  score.diversity = sample.entropy_mean_nats;
  if (settings.entropy == EntropyReduction::kSum) {
    score.diversity *= static_cast<double>(sample.tokens);
  }
  score.integrity = ConstraintAccuracy(sample.verdicts);
  switch (settings.mode) {
    case SelectionMode::kDiversity:
      score.total = score.diversity;
      break;
    case SelectionMode::kIntegrity:
      score.total = score.integrity;
      break;
    default:
      score.total = score.diversity + lambda * score.integrity;
  }
  return score;
}

absl::StatusOr<Selection> SelectForReplay(absl::Span<const ScoredSample> pool,
                                          const SelectionSettings& settings, int64_t step,
                                          absl::FunctionRef<bool(const Candidate&)> accept) {
  HIR_RETURN_IF_ERROR(CheckSettings(settings));
  const HindsightConfig& hindsight = settings.hindsight;
  Selection selection;
  HIR_ASSIGN_OR_RETURN(selection.lambda, IntegrityWeight(hindsight, step));
  HIR_ASSIGN_OR_RETURN(std::vector<Ranked> ranked,
                       RankEligible(pool, settings, selection.lambda, step));
  selection.eligible = static_cast<int64_t>(ranked.size());
  const int64_t per_instruction =
      hindsight.mode == SelectionMode::kOff ? 0 : hindsight.replay_per_prompt;
  selection.requested = per_instruction * settings.instructions;
  const int64_t room =
      hindsight.scope == SelectionScope::kBatch ? selection.requested : per_instruction;
  std::vector<Ranked> picked, passed_over;
  for (const std::vector<Ranked>& competing : Pools(std::move(ranked), hindsight.scope)) {
    int64_t taken = 0;
    for (const Ranked& entry : competing) {
      if (taken == room) {
        passed_over.push_back(entry);
      } else if (accept(entry.candidate)) {
        picked.push_back(entry);
        ++taken;
      } else {
        selection.rejected.push_back(entry.candidate);
      }
    }
  }
  selection.picked = BestFirst(std::move(picked));
  selection.passed_over = BestFirst(std::move(passed_over));
  return selection;
}

absl::StatusOr<Selection> SelectForReplay(absl::Span<const ScoredSample> pool,
                                          const SelectionSettings& settings, int64_t step) {
  return SelectForReplay(pool, settings, step, [](const Candidate&) { return true; });
}

}  // namespace hir
