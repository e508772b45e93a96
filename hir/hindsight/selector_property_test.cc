#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "hir/domain/reward.h"
#include "hir/hindsight/selector.h"

namespace hir {
namespace {

// A pool of up to six groups of five with few distinct entropies, so that ties are common.
std::vector<ScoredResponse> AnyPool() {
  std::vector<ScoredResponse> pool;
  const int groups = *rc::gen::inRange(0, 7);
  for (int task = 0; task < groups; ++task) {
    const int constraints = *rc::gen::inRange(1, 5);
    for (uint32_t sample = 0; sample < 5; ++sample) {
      ScoredResponse y{.id = {static_cast<uint64_t>(task), sample}};
      y.tokens = *rc::gen::inRange<int64_t>(1, 4);
      y.entropy_mean = *rc::gen::inRange(0, 4) / 2.0;
      for (int i = 0; i < constraints; ++i) {
        y.verdicts.push_back(static_cast<Verdict>(*rc::gen::inRange(0, 3)));
      }
      pool.push_back(std::move(y));
    }
  }
  return pool;
}

SelectionSettings AnySettings() {
  SelectionSettings settings;
  settings.hindsight.mode = static_cast<SelectionMode>(*rc::gen::inRange(0, 6));
  settings.hindsight.scope = static_cast<SelectionScope>(*rc::gen::inRange(0, 2));
  settings.hindsight.entropy = static_cast<EntropyReduction>(*rc::gen::inRange(0, 2));
  settings.hindsight.replay_per_prompt = *rc::gen::inRange(0, 4);
  settings.instructions = 6;
  settings.seed = *rc::gen::inRange<uint64_t>(0, 100);
  return settings;
}

std::vector<SampleId> Names(const std::vector<ScoredResponse>& pool,
                            const std::vector<Candidate>& candidates) {
  std::vector<SampleId> names;
  for (const Candidate& candidate : candidates) names.push_back(pool[candidate.index].id);
  return names;
}

RC_GTEST_PROP(SelectForReplay, DoesNotDependOnTheOrderOfThePool, ()) {
  const std::vector<ScoredResponse> pool = AnyPool();
  std::vector<ScoredResponse> reversed(pool.rbegin(), pool.rend());
  const size_t turn = pool.empty() ? 0 : *rc::gen::inRange<size_t>(0, pool.size());
  std::rotate(reversed.begin(), reversed.begin() + turn, reversed.end());
  const SelectionSettings settings = AnySettings();
  const int64_t step = *rc::gen::inRange<int64_t>(1, 500);
  const Selection a = *SelectForReplay(pool, settings, step);
  const Selection b = *SelectForReplay(reversed, settings, step);
  RC_ASSERT(Names(pool, a.picked) == Names(reversed, b.picked));
  RC_ASSERT(Names(pool, a.passed_over) == Names(reversed, b.passed_over));
}

RC_GTEST_PROP(SelectForReplay, FillsAsManySlotsAsTheScopeAllows, ()) {
  const std::vector<ScoredResponse> pool = AnyPool();
  const SelectionSettings settings = AnySettings();
  const Selection selection = *SelectForReplay(pool, settings, 3);
  const SelectionMode mode = settings.hindsight.mode;
  const int64_t k = mode == SelectionMode::kOff ? 0 : settings.hindsight.replay_per_prompt;
  std::map<uint64_t, int64_t> eligible;
  for (const ScoredResponse& y : pool) eligible[y.id.task] += EligibleForReplay(y.verdicts) ? 1 : 0;
  int64_t total = 0, by_group = 0;
  for (const auto& [task, count] : eligible) {
    total += count;
    by_group += std::min(count, k);
  }
  RC_ASSERT(selection.eligible == total);
  RC_ASSERT(selection.requested ==
            (mode == SelectionMode::kAll ? total : k * settings.instructions));
  const bool of_the_batch =
      settings.hindsight.scope == SelectionScope::kBatch || mode == SelectionMode::kAll;
  const int64_t wanted = of_the_batch ? std::min(total, selection.requested) : by_group;
  RC_ASSERT(static_cast<int64_t>(selection.picked.size()) == wanted);
  RC_ASSERT(static_cast<int64_t>(selection.picked.size() + selection.passed_over.size()) == total);
}

RC_GTEST_PROP(SelectForReplay, PicksDistinctEligibleSamples, ()) {
  const std::vector<ScoredResponse> pool = AnyPool();
  const Selection selection = *SelectForReplay(pool, AnySettings(), 3);
  std::set<size_t> seen;
  for (const Candidate& candidate : selection.picked) {
    RC_ASSERT(EligibleForReplay(pool[candidate.index].verdicts));
    RC_ASSERT(seen.insert(candidate.index).second);
  }
}

RC_GTEST_PROP(SelectForReplay, LeavesNothingBetterBehindInBatchScope, ()) {
  const std::vector<ScoredResponse> pool = AnyPool();
  SelectionSettings settings = AnySettings();
  settings.hindsight.scope = SelectionScope::kBatch;
  RC_PRE(settings.hindsight.mode != SelectionMode::kRandom);
  const Selection selection = *SelectForReplay(pool, settings, 3);
  for (const Candidate& in : selection.picked) {
    for (const Candidate& out : selection.passed_over) {
      RC_ASSERT(in.score.total >= out.score.total);
    }
  }
}

RC_GTEST_PROP(SelectForReplay, RaisingKOnlyAddsPicks, ()) {
  const std::vector<ScoredResponse> pool = AnyPool();
  SelectionSettings settings = AnySettings();
  const auto few = Names(pool, SelectForReplay(pool, settings, 3)->picked);
  ++settings.hindsight.replay_per_prompt;
  const auto more = Names(pool, SelectForReplay(pool, settings, 3)->picked);
  const std::set<SampleId> superset(more.begin(), more.end());
  for (const auto& name : few) RC_ASSERT(superset.count(name) == 1);
}

}  // namespace
}  // namespace hir
