#include "services/replay/step_freezer.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "hir/base/log.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "hir/batch/batch.h"
#include "hir/batch/groups.h"
#include "hir/domain/reward.h"
#include "hir/hindsight/selector.h"
#include "hir/trace/trace.h"
#include "services/replay/frozen_batch.h"
#include "services/replay/step_loader.h"

namespace hir {
namespace {

// How long another process' freeze may go unnoticed, and the time between two looks at any steps.
constexpr absl::Duration kPoll = absl::Milliseconds(50);
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(5);

absl::Status ShuttingDown() {
  return absl::UnavailableError("this replay service is shutting down");
}

void CountSkipped(const Selection& selection, ReplayMetrics& metrics) {
  for (const SkipReason reason : kSkipReasons) {
    // Also of none: a counter that is there from the first step on can be charted.
    metrics.CountSkipped(SkipReasonName(reason),
                         static_cast<double>(absl::c_count(selection.skipped, reason)));
  }
}

void ObserveCandidate(bool picked, const SelectionScore& score, ReplayMetrics& metrics) {
  metrics.ObserveCandidate(picked, score.total, score.diversity, score.integrity);
}

void CountFrozen(const StepInput& input, const Batch& batch, const RunConfig& config,
                 ReplayMetrics& metrics) {
  const auto replayed = static_cast<double>(batch.replayed.size());
  double rewarded = 0;
  for (const ScoredResponse& response : input.responses) {
    rewarded += RewardOf(response.verdicts).value_or(0);
  }
  metrics.samples_original.Increment(static_cast<double>(input.responses.size()));
  metrics.rewarded_original.Increment(rewarded);
  // A replayed row is always a success: what is left of its instruction was met.
  metrics.samples_replay.Increment(replayed);
  metrics.rewarded_replay.Increment(replayed);
  metrics.selected.Increment(replayed);
  // The curriculum's two settings go beside its value, so that a chart can draw where it leads.
  metrics.lambda.Set(batch.selection.lambda);
  metrics.lambda_initial.Set(config.hindsight.initial_weight);
  metrics.lambda_growth.Set(config.hindsight.weight_growth);
  for (const Replayed& each : batch.replayed) {
    metrics.constraints_removed.Observe(static_cast<double>(each.as.dropped.size()));
  }
  for (const Candidate& candidate : batch.selection.picked) {
    ObserveCandidate(true, candidate.score, metrics);
  }
  for (const Candidate& candidate : batch.selection.passed_over) {
    ObserveCandidate(false, candidate.score, metrics);
  }
  CountSkipped(batch.selection, metrics);
}

void LogFrozen(const std::string& run, const StepFacts& facts, const std::string& digest) {
  Log(Severity::kInfo, "step frozen",
      {{"run", run},
       {"step", facts.step},
       {"digest", digest},
       {"originals", facts.originals},
       {"replayed", facts.replayed},
       {"left_out_groups", facts.left_out_groups},
       {"eligible", facts.eligible},
       {"reward_density", facts.reward_density},
       {"lambda", facts.lambda}});
}

// Where each task's responses went: into the batch of a step, which has a trace of its own.
void TraceBatch(const std::string& run, const LoadedStep& loaded, absl::Time start) {
  const int64_t number = loaded.input.step;
  const SpanContext step = StepSpan(run, number);
  const absl::Time end = absl::Now();
  for (const auto& [task, token] : loaded.leases) {
    // A task's own trace ends here; the link leads on to the step, which mixes many of them.
    ReportSpan({.name = "batch",
                .context = NamedSpan(TraceOfTask(run, task), "batch"),
                .parent = LeaseSpan(run, task, token),
                .start = start,
                .end = end,
                .attributes = {{"hir.step", number}},
                .links = {step}});
  }
  ReportSpan({.name = "freeze",
              .context = NewSpan(step),
              .parent = step,
              .start = start,
              .end = end,
              .attributes = {{"hir.run", run}, {"hir.step", number}}});
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
  HIR_ASSIGN_OR_RETURN(LoadedStep loaded, LoadStep(store_, run, step, state));
  loaded.input = LeaveOutGroups(std::move(loaded.input), *config);
  const auto encode = [&](const std::string& text) { return encoder_.Encode(*config, text); };
  HIR_ASSIGN_OR_RETURN(const Batch batch, BuildBatch(loaded.input, *config, encode));
  // The digest names the batch for the rest of the run: learners that resume compare it.
  Manifest manifest{.bytes = ToProto(batch, loaded.input).SerializeAsString()};
  manifest.digest = Sha256Hex(manifest.bytes);
  HIR_ASSIGN_OR_RETURN(const bool won, store_.Freeze(run, step, manifest));
  // Another process was first with an equal batch and has counted it; both would count it twice.
  if (!won) return absl::OkStatus();
  CountFrozen(loaded.input, batch, *config, metrics_);
  LogFrozen(run, batch.facts, manifest.digest);
  TraceBatch(run, loaded, start);
  return absl::OkStatus();
}

absl::StatusOr<bool> StepFreezer::FreezeIfComplete(const std::string& run, int64_t step) {
  HIR_ASSIGN_OR_RETURN(const StepState state, store_.GetStep(run, step));
  // Nobody tells this process when another one freezes the step, so each look finds that out too.
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
    // A new step is due at once (Awaited::next_look), so a batch that is there is not waited for.
    if (!stopped_) {
      awaited_[{run, step}].callers.emplace(++numbers_, std::move(on_frozen));
      return numbers_;
    }
  }
  // Without the lock: it may call back. No caller has the number 0, so Forget() finds nothing.
  on_frozen(ShuttingDown());
  return 0;
}

bool StepFreezer::Forget(const std::string& run, int64_t step, uint64_t number) {
  absl::MutexLock lock(&mutex_);
  const auto awaited = awaited_.find({run, step});
  if (awaited == awaited_.end() || awaited->second.callers.erase(number) == 0) return false;
  // A step that nobody waits for any more is not looked at any more.
  if (awaited->second.callers.empty()) awaited_.erase(awaited);
  return true;
}

absl::Time StepFreezer::NextLook() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [step, awaited] : awaited_) next = std::min(next, awaited.next_look);
  return next;
}

std::optional<StepFreezer::Step> StepFreezer::TakeDue() {
  // These are known to be complete here; the others are looked at on the chance.
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
  // With many steps awaited each is looked at less often, so that the ledger is asked at a bounded
  // rate. The new time sends the step to the end of the queue: the others have their turn first.
  due->second.next_look =
      now + std::max(kPoll, kBetweenLooks * static_cast<int64_t>(awaited_.size()));
  return due->first;
}

void StepFreezer::Work() {
  while (true) {
    std::optional<Step> step;
    {
      absl::MutexLock lock(&mutex_);
      // Sleeps until a look is due, unless there is work before that: a step to freeze, or one that
      // somebody began to wait for meanwhile.
      const absl::Time planned = NextLook();
      const auto earlier = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopped_ || !soon_.empty() || NextLook() < planned;
      };
      mutex_.AwaitWithDeadline(absl::Condition(&earlier), planned);
      if (stopped_) return;
      step = TakeDue();
    }
    // The lock is not held: freezing takes as long as the ledger and the tokenizer need.
    if (step.has_value()) Look(*step);
  }
}

void StepFreezer::Look(const Step& step) {
  const absl::StatusOr<bool> frozen = FreezeIfComplete(step.first, step.second);
  if (!frozen.ok()) {
    Log(Severity::kError,
        "a step could not be frozen; it is tried again when its batch is requested",
        {{"run", step.first},
         {"step", step.second},
         {"error", std::string(frozen.status().message())}});
    // Those who wait learn why instead of waiting on; when they ask again it is tried again.
    return Tell(step, frozen.status());
  }
  if (!*frozen) return;
  {
    // The manifest of a large step has megabytes: it is not read for nobody.
    absl::MutexLock lock(&mutex_);
    if (!awaited_.contains(step)) return;
  }
  const absl::StatusOr<std::optional<Manifest>> manifest =
      store_.ReadManifest(step.first, step.second);
  if (!manifest.ok()) return Tell(step, manifest.status());
  // Without one the run was deleted in between; the next look says so.
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
  // Outside the lock, since a caller may call Forget() or AwaitFrozen(). Those that came after the
  // lock was released are told after the next look.
  for (const auto& [number, on_frozen] : callers) on_frozen(manifest);
}

void StepFreezer::Stop() {
  std::map<Step, Awaited> awaited;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    awaited.swap(awaited_);
  }
  // None is left for Tell(), so nobody is told twice, although the thread may still be at a look.
  for (const auto& [step, each] : awaited) {
    for (const auto& [number, on_frozen] : each.callers) on_frozen(ShuttingDown());
  }
}

}  // namespace hir
