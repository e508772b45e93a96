#include "services/replay/step_freezer.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "hir/base/log.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"
#include "hir/trace/trace.h"
#include "services/replay/batch_builder.h"
#include "services/replay/step_loader.h"

namespace hir {
namespace {

// How long another process' freeze may go unnoticed, and the time between two looks at any steps.
constexpr absl::Duration kPoll = absl::Milliseconds(50);
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(5);

absl::Status ShuttingDown() {
  return absl::UnavailableError("this replay service is shutting down");
}

void CountSkipped(const BuiltBatch& built, const RunConfig& config, ReplayMetrics& metrics) {
  double all_met = 0, none_met = 0, unknown = 0, truncated = 0, not_rewritable = 0;
  for (const ScoredSample& sample : built.pool) {
    if (!sample.rewritable) {
      ++not_rewritable;
      continue;
    }
    if (EligibleForReplay(sample.verdicts)) {
      truncated += sample.truncated && !config.hindsight.replay_truncated ? 1 : 0;
      continue;
    }
    const std::optional<int> reward = RewardOf(sample.verdicts);
    (reward == 1 ? all_met : reward == 0 ? none_met : unknown) += 1;
  }
  metrics.CountSkipped("all_met", all_met);
  metrics.CountSkipped("none_met", none_met);
  metrics.CountSkipped("unknown", unknown);
  metrics.CountSkipped("truncated", truncated);
  metrics.CountSkipped("not_rewritable", not_rewritable);
  metrics.CountSkipped("not_picked", static_cast<double>(built.selection.passed_over.size()));
  metrics.CountSkipped("prompt_too_long", static_cast<double>(built.selection.rejected.size()));
}

void CountFrozen(const BuiltBatch& built, const RunConfig& config, ReplayMetrics& metrics) {
  const auto replayed = static_cast<double>(built.selection.picked.size());
  double rewarded = 0;
  for (const ScoredSample& sample : built.pool) {
    rewarded += RewardOf(sample.verdicts).value_or(0);
  }
  metrics.samples_original.Increment(static_cast<double>(built.pool.size()));
  metrics.rewarded_original.Increment(rewarded);
  metrics.samples_replay.Increment(replayed);
  metrics.rewarded_replay.Increment(replayed);
  metrics.selected.Increment(replayed);
  metrics.lambda.Set(built.selection.lambda);
  metrics.lambda_initial.Set(config.hindsight.initial_weight);
  metrics.lambda_growth.Set(config.hindsight.weight_growth);
  for (const Candidate& candidate : built.selection.picked) {
    const auto& verdicts = built.pool[candidate.index].verdicts;
    metrics.constraints_removed.Observe(static_cast<double>(DroppedConstraints(verdicts).size()));
    metrics.ObserveCandidate(true, candidate.score.total, candidate.score.diversity,
                             candidate.score.integrity);
  }
  for (const Candidate& candidate : built.selection.passed_over) {
    metrics.ObserveCandidate(false, candidate.score.total, candidate.score.diversity,
                             candidate.score.integrity);
  }
  CountSkipped(built, config, metrics);
}

void LogFrozen(const std::string& run, const replay::v1::StepFacts& facts,
               const std::string& digest) {
  Log(Severity::kInfo, "step frozen",
      {{"run", run},
       {"step", facts.step()},
       {"digest", digest},
       {"originals", facts.originals()},
       {"replayed", facts.replayed()},
       {"eligible", facts.eligible()},
       {"reward_density", facts.reward_density()},
       {"lambda", facts.lambda()}});
}

// Where each task's responses went: into the batch of a step, which has a trace of its own.
void TraceBatch(const std::string& run, const StepInput& input, absl::Time start) {
  const SpanContext step = StepSpan(run, input.step);
  const absl::Time end = absl::Now();
  for (const StepGroup& group : input.groups) {
    if (group.responses.empty()) continue;
    const uint64_t task = group.task.task().task();
    const uint64_t token = group.responses.front().response().fencing_token();
    ReportSpan({.name = "batch",
                .context = NamedSpan(TraceOfTask(run, task), "batch"),
                .parent = LeaseSpan(run, task, token),
                .start = start,
                .end = end,
                .attributes = {{"hir.step", input.step}},
                .links = {step}});
  }
  ReportSpan({.name = "freeze",
              .context = NewSpan(step),
              .parent = step,
              .start = start,
              .end = end,
              .attributes = {{"hir.run", run}, {"hir.step", input.step}}});
}

}  // namespace

StepFreezer::StepFreezer(ReplayStore& store, RunDirectory& runs, const PromptEncoder& encoder,
                         ReplayMetrics& metrics)
    : store_(store), runs_(runs), encoder_(encoder), metrics_(metrics), worker_([this] {
        Work();
      }) {}

StepFreezer::~StepFreezer() {
  Stop();
  worker_.join();
}

absl::Status StepFreezer::Freeze(const std::string& run, int64_t step, const StepState& state) {
  const absl::Time start = absl::Now();
  HIR_ASSIGN_OR_RETURN(const std::shared_ptr<const RunConfig> config, runs_.Find(run));
  HIR_ASSIGN_OR_RETURN(const StepInput input, LoadStep(store_, run, step, state));
  HIR_ASSIGN_OR_RETURN(const BuiltBatch built, BuildBatch(input, *config, encoder_));
  Manifest manifest{.bytes = built.batch.SerializeAsString()};
  manifest.digest = Sha256Hex(manifest.bytes);
  HIR_ASSIGN_OR_RETURN(const bool won, store_.Freeze(run, step, manifest));
  if (won) {
    CountFrozen(built, *config, metrics_);
    LogFrozen(run, built.batch.facts(), manifest.digest);
    TraceBatch(run, input, start);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> StepFreezer::FreezeIfComplete(const std::string& run, int64_t step) {
  HIR_ASSIGN_OR_RETURN(const StepState state, store_.GetStep(run, step));
  if (state.frozen || !state.complete) return state.frozen;
  HIR_RETURN_IF_ERROR(Freeze(run, step, state));
  return true;
}

void StepFreezer::FreezeSoon(const std::string& run, int64_t step) {
  absl::MutexLock lock(&mutex_);
  soon_.emplace_back(run, step);
}

uint64_t StepFreezer::AwaitFrozen(const std::string& run, int64_t step, OnFrozen on_frozen) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) {
      awaited_[{run, step}].callers.emplace(++numbers_, std::move(on_frozen));
      return numbers_;
    }
  }
  on_frozen(ShuttingDown());
  return 0;
}

bool StepFreezer::Forget(const std::string& run, int64_t step, uint64_t number) {
  absl::MutexLock lock(&mutex_);
  const auto awaited = awaited_.find({run, step});
  if (awaited == awaited_.end() || awaited->second.callers.erase(number) == 0) return false;
  if (awaited->second.callers.empty()) awaited_.erase(awaited);
  return true;
}

absl::Time StepFreezer::NextLook() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [step, awaited] : awaited_) next = std::min(next, awaited.next_look);
  return next;
}

std::optional<StepFreezer::Step> StepFreezer::TakeDue() {
  if (!soon_.empty()) {
    Step step = std::move(soon_.front());
    soon_.pop_front();
    return step;
  }
  const absl::Time now = absl::Now();
  const auto due = std::min_element(
      awaited_.begin(), awaited_.end(),
      [](const auto& a, const auto& b) { return a.second.next_look < b.second.next_look; });
  if (due == awaited_.end() || due->second.next_look > now) return std::nullopt;
  due->second.next_look =
      now + std::max(kPoll, kBetweenLooks * static_cast<int64_t>(awaited_.size()));
  return due->first;
}

void StepFreezer::Work() {
  while (true) {
    std::optional<Step> step;
    {
      absl::MutexLock lock(&mutex_);
      const absl::Time planned = NextLook();
      const auto earlier = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopped_ || !soon_.empty() || NextLook() < planned;
      };
      mutex_.AwaitWithDeadline(absl::Condition(&earlier), planned);
      if (stopped_) return;
      step = TakeDue();
    }
    if (step.has_value()) Look(*step);
  }
}

void StepFreezer::Look(const Step& step) {
  const absl::StatusOr<bool> frozen = FreezeIfComplete(step.first, step.second);
  if (!frozen.ok()) {
    Log(Severity::kError, "a step could not be frozen; it is tried again when its batch is asked",
        {{"run", step.first},
         {"step", step.second},
         {"error", std::string(frozen.status().message())}});
    return Tell(step, frozen.status());
  }
  if (!*frozen) return;
  {
    absl::MutexLock lock(&mutex_);
    if (!awaited_.contains(step)) return;
  }
  const absl::StatusOr<std::optional<Manifest>> manifest =
      store_.ReadManifest(step.first, step.second);
  if (!manifest.ok()) return Tell(step, manifest.status());
  if (manifest->has_value()) Tell(step, **manifest);
}

void StepFreezer::Tell(const Step& step, const absl::StatusOr<Manifest>& manifest) {
  std::map<uint64_t, OnFrozen> callers;
  {
    absl::MutexLock lock(&mutex_);
    const auto awaited = awaited_.find(step);
    if (awaited == awaited_.end()) return;
    callers = std::move(awaited->second.callers);
    awaited_.erase(awaited);
  }
  for (const auto& [number, on_frozen] : callers) on_frozen(manifest);
}

void StepFreezer::Stop() {
  std::map<Step, Awaited> awaited;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    awaited.swap(awaited_);
  }
  for (const auto& [step, each] : awaited) {
    for (const auto& [number, on_frozen] : each.callers) on_frozen(ShuttingDown());
  }
}

}  // namespace hir
