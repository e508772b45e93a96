#include "hir/hindsight/selector.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/domain/response.h"
#include "hir/domain/reward.h"
#include "hir/hindsight/curriculum.h"
#include "hir/hindsight/rewriter.h"

namespace hir {
namespace {

struct Ranked {
  Candidate candidate;
  double rank;  // Higher is better.
  SampleId id;
};

bool Better(const Ranked& a, const Ranked& b) {
  return std::tuple(-a.rank, -a.candidate.score.diversity, a.id) <
         std::tuple(-b.rank, -b.candidate.score.diversity, b.id);
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

absl::Status CheckRanges(const ScoredResponse& response) {
  if (!std::isfinite(response.entropy_mean) || response.entropy_mean < -kRounding) {
    return absl::InvalidArgumentError(absl::StrCat("entropy_mean_nats of ", NameOf(response.id),
                                                   " is ", response.entropy_mean,
                                                   "; it must be a finite number of at least 0"));
  }
  if (response.tokens < 0) {
    return absl::InvalidArgumentError(absl::StrCat("tokens of ", NameOf(response.id), " is ",
                                                   response.tokens, "; it must be at least 0"));
  }
  return absl::OkStatus();
}

// Why it is not even a candidate; nullopt if it is one.
std::optional<SkipReason> WhyNotEligible(const ScoredResponse& response,
                                         const HindsightConfig& settings) {
  if (!response.rewritable) return SkipReason::kNotRewritable;
  if (EligibleForReplay(response.verdicts)) {
    if (PartConstraints(response, settings.vote_threshold).kept.empty()) {
      return SkipReason::kNoneKept;
    }
    if (response.truncated && !settings.replay_truncated) return SkipReason::kTruncated;
    return std::nullopt;
  }
  const std::optional<int> reward = RewardOf(response.verdicts);
  if (!reward.has_value()) return SkipReason::kUnknown;
  return *reward == 1 ? SkipReason::kAllMet : SkipReason::kNoneMet;
}

// The run's seed also keys token sampling; a name of its own keeps the two streams apart.
double RandomRank(const SampleId& id, uint64_t seed, int64_t step) {
  const uint64_t key =
      CounterRandom(seed ^ SeedOfName("hindsight selection"), static_cast<uint64_t>(step))();
  return UniformAt(key, id.task, id.sample, 0);
}

// Fills in selection.skipped for those that are not eligible. REQUIRES: selection.lambda is set.
absl::StatusOr<std::vector<Ranked>> RankEligible(absl::Span<const ScoredResponse> pool,
                                                 const SelectionSettings& settings, int64_t step,
                                                 Selection& selection) {
  std::vector<Ranked> ranked;
  selection.skipped.resize(pool.size());
  for (size_t i = 0; i < pool.size(); ++i) {
    const ScoredResponse& response = pool[i];
    HIR_RETURN_IF_ERROR(CheckRanges(response));
    selection.skipped[i] = WhyNotEligible(response, settings.hindsight);
    if (selection.skipped[i].has_value()) continue;
    const SelectionScore score = ScoreOf(response, settings.hindsight, selection.lambda);
    const double rank = settings.hindsight.mode == SelectionMode::kRandom
                            ? RandomRank(response.id, settings.seed, step)
                            : score.total;
    ranked.push_back({{i, score}, rank, response.id});
  }
  std::sort(ranked.begin(), ranked.end(), Better);
  return ranked;
}

// K: how many responses of the step are wanted.
int64_t Requested(const SelectionSettings& settings, int64_t eligible) {
  switch (settings.hindsight.mode) {
    case SelectionMode::kOff:
      return 0;
    case SelectionMode::kAll:
      return eligible;
    default:
      return int64_t{settings.hindsight.replay_per_prompt} * settings.instructions;
  }
}

// The pools in which candidates compete, best first in each; in order of their task.
std::vector<std::vector<Ranked>> Pools(std::vector<Ranked> ranked, SelectionScope scope) {
  if (scope == SelectionScope::kBatch) return {std::move(ranked)};
  std::map<uint64_t, std::vector<Ranked>> by_task;
  for (Ranked& entry : ranked) by_task[entry.id.task].push_back(std::move(entry));
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

const char* SkipReasonName(SkipReason reason) {
  switch (reason) {
    case SkipReason::kNotRewritable:
      return "not_rewritable";
    case SkipReason::kAllMet:
      return "all_met";
    case SkipReason::kNoneMet:
      return "none_met";
    case SkipReason::kUnknown:
      return "unknown";
    case SkipReason::kNoneKept:
      return "none_kept";
    case SkipReason::kTruncated:
      return "truncated";
    case SkipReason::kPromptTooLong:
      return "prompt_too_long";
    case SkipReason::kNotPicked:
      return "not_picked";
  }
  return "";
}

SelectionScore ScoreOf(const ScoredResponse& response, const HindsightConfig& settings,
                       double lambda) {
  SelectionScore score;
  // Rounding may leave a certain token's entropy a little below zero.
  score.diversity = std::max(response.entropy_mean, 0.0);
  if (settings.entropy == EntropyReduction::kSum) {
    score.diversity *= static_cast<double>(response.tokens);
  }
  score.integrity = ConstraintAccuracy(response.verdicts);
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

absl::StatusOr<Selection> SelectForReplay(absl::Span<const ScoredResponse> pool,
                                          const SelectionSettings& settings, int64_t step,
                                          absl::FunctionRef<bool(const Candidate&)> accept) {
  HIR_RETURN_IF_ERROR(CheckSettings(settings));
  const HindsightConfig& hindsight = settings.hindsight;
  Selection selection;
  HIR_ASSIGN_OR_RETURN(selection.lambda, IntegrityWeight(hindsight, step));
  HIR_ASSIGN_OR_RETURN(std::vector<Ranked> ranked, RankEligible(pool, settings, step, selection));
  selection.eligible = static_cast<int64_t>(ranked.size());
  selection.requested = Requested(settings, selection.eligible);
  const bool per_group =
      hindsight.scope == SelectionScope::kInstruction && hindsight.mode != SelectionMode::kAll;
  const int64_t room = per_group
                           ? std::min<int64_t>(selection.requested, hindsight.replay_per_prompt)
                           : selection.requested;
  std::vector<Ranked> picked, passed_over;
  for (const std::vector<Ranked>& competing : Pools(std::move(ranked), hindsight.scope)) {
    int64_t taken = 0;
    for (const Ranked& entry : competing) {
      std::optional<SkipReason>& skipped = selection.skipped[entry.candidate.index];
      if (taken == room) {
        skipped = SkipReason::kNotPicked;
        passed_over.push_back(entry);
      } else if (accept(entry.candidate)) {
        picked.push_back(entry);
        ++taken;
      } else {
        skipped = SkipReason::kPromptTooLong;
        selection.rejected.push_back(entry.candidate);
      }
    }
  }
  selection.picked = BestFirst(std::move(picked));
  selection.passed_over = BestFirst(std::move(passed_over));
  return selection;
}

absl::StatusOr<Selection> SelectForReplay(absl::Span<const ScoredResponse> pool,
                                          const SelectionSettings& settings, int64_t step) {
  return SelectForReplay(pool, settings, step, [](const Candidate&) { return true; });
}

}  // namespace hir
