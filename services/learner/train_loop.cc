#include "services/learner/train_loop.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "services/learner/translation.h"

namespace hir {
namespace {

double Seconds(absl::Duration duration) { return absl::ToDoubleSeconds(duration); }

double UnixSeconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

double ValueOr(const std::map<std::string, double>& metrics, const std::string& name,
               double otherwise) {
  const auto it = metrics.find(name);
  return it == metrics.end() ? otherwise : it->second;
}

}  // namespace

absl::Status TrainLoop::Start(const std::string& address) {
  std::optional<FoundCheckpoint> found;
  if (leads() && config_.checkpoint.resume != "off") {
    HIR_ASSIGN_OR_RETURN(found, parts_.checkpoints.FindNewest(config_.name));
  }
  if (found.has_value()) {
    HIR_RETURN_IF_ERROR(parts_.trainer.Restore(found->folder));
    Log(Severity::kInfo, "resuming",
        {{"run", config_.name}, {"step", found->record.step}, {"folder", found->folder}});
  }
  HIR_ASSIGN_OR_RETURN(
      step_, parts_.trainer.ShareFromRankZero(found.has_value() ? found->record.step : 0));
  if (!leads()) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(parts_.log.TruncateAfter(step_));
  version_.run = config_.name;
  HIR_ASSIGN_OR_RETURN(version_.incarnation, parts_.ledger.TakeIncarnation(address));
  HIR_RETURN_IF_ERROR(Publish(""));
  parts_.metrics.step.Set(static_cast<double>(step_));
  // A run that was complete before: who watches is told so.
  if (done() && found.has_value()) Report({}, found->folder);
  return absl::OkStatus();
}

absl::Status TrainLoop::RunOnce() {
  const int64_t step = step_ + 1;
  const absl::Time start = parts_.clock.Now();
  HIR_ASSIGN_OR_RETURN(const auto batch, parts_.ledger.AwaitBatch(step));
  HIR_ASSIGN_OR_RETURN(
      std::vector<TrainingSample> samples,
      parts_.ledger.ReadShard(step, parts_.trainer.rank(), parts_.trainer.world_size()));
  const absl::Time trained_from = parts_.clock.Now();
  HIR_ASSIGN_OR_RETURN(auto metrics,
                       parts_.trainer.TrainStep({.step = step,
                                                 .rows = static_cast<uint32_t>(batch.rows_size()),
                                                 .samples = std::move(samples)}));
  step_ = step;
  if (!leads()) return absl::OkStatus();

  const absl::Time trained = parts_.clock.Now();
  HIR_RETURN_IF_ERROR(Publish(batch.batch_digest()));
  const absl::Time published = parts_.clock.Now();
  std::string folder;
  if (CheckpointIsDue()) HIR_RETURN_IF_ERROR(WriteCheckpoint(folder));
  const absl::Time end = parts_.clock.Now();

  AddFacts(batch.facts(), metrics);
  metrics["timing_s/gen"] = Seconds(trained_from - start);
  metrics["timing_s/param_sync"] = Seconds(published - trained);
  metrics["timing_s/save_checkpoint"] = Seconds(end - published);
  metrics["timing_s/step"] = Seconds(end - start);
  metrics["perf/throughput"] = metrics["perf/total_num_tokens"] /
                               std::max(1e-9, metrics["timing_s/step"]) /
                               parts_.trainer.world_size();
  HIR_RETURN_IF_ERROR(parts_.log.Append(step_, metrics));
  parts_.metrics.staleness.Observe(batch.facts().max_staleness());
  Observe(metrics);
  Report(metrics, folder);
  return absl::OkStatus();
}

absl::Status TrainLoop::Publish(const std::string& batch_digest) {
  HIR_ASSIGN_OR_RETURN(PackedWeights packed, parts_.trainer.Pack());
  version_.version = step_;
  version_.digest = WeightsDigest(packed);
  const NewestWeights newest{version_, std::make_shared<const PackedWeights>(std::move(packed))};
  // Fetched as soon as replay names them, so they are on the board first.
  parts_.board.SetWeights(newest);
  HIR_RETURN_IF_ERROR(parts_.ledger.AdvanceVersion(version_, batch_digest));
  parts_.metrics.weights.version.Set(static_cast<double>(step_));
  parts_.metrics.weights.last_update.Set(UnixSeconds(parts_.clock.Now()));
  const absl::StatusOr<std::vector<std::string>> workers = parts_.ledger.Workers();
  if (workers.ok()) {
    parts_.publisher.Publish(newest, *workers);
  } else {
    Log(Severity::kWarning, "the workers are not known; they will fetch the weights themselves",
        {{"run", config_.name},
         {"step", step_},
         {"reason", std::string(workers.status().message())}});
  }
  return absl::OkStatus();
}

bool TrainLoop::CheckpointIsDue() const {
  return done() || (config_.checkpoint.every > 0 && step_ % config_.checkpoint.every == 0);
}

absl::Status TrainLoop::WriteCheckpoint(std::string& folder) {
  const CheckpointRecord record{.step = step_,
                                .run = config_.name,
                                .incarnation = version_.incarnation,
                                .weights_digest = absl::BytesToHexString(version_.digest)};
  HIR_ASSIGN_OR_RETURN(folder, parts_.checkpoints.Write(record, [&](const std::string& temporary) {
    return parts_.trainer.Save(temporary);
  }));
  parts_.metrics.checkpoint.Set(UnixSeconds(parts_.clock.Now()));
  return parts_.ledger.CommitCheckpoint(version_, parts_.checkpoints.Steps().front());
}

void TrainLoop::Observe(const std::map<std::string, double>& metrics) {
  LearnerMetrics& m = parts_.metrics;
  m.step.Set(static_cast<double>(step_));
  m.steps.Increment();
  m.last_step.Set(UnixSeconds(parts_.clock.Now()));
  m.loss.Set(ValueOr(metrics, "actor/pg_loss", 0));
  m.grad_norm.Set(ValueOr(metrics, "actor/grad_norm", 0));
  m.kl.Set(ValueOr(metrics, "actor/kl", 0));
  m.clip_original.Set(ValueOr(metrics, "actor/pg_clipfrac_original", 0));
  m.clip_replay.Set(ValueOr(metrics, "actor/pg_clipfrac_replayed", 0));
  m.logprob_mismatch.Set(ValueOr(metrics, "training/rollout_logprobs_abs_diff_mean", 0));
  m.skipped_updates.Increment(ValueOr(metrics, "training/skipped_updates", 0));
  if (const auto it = metrics.find("timing_s/all_reduce"); it != metrics.end()) {
    m.collective_duration.Observe(it->second);
  }
  m.ObservePhase("wait", ValueOr(metrics, "timing_s/gen", 0));
  m.ObservePhase("train", ValueOr(metrics, "timing_s/train", 0));
  m.ObservePhase("push", ValueOr(metrics, "timing_s/param_sync", 0));
  m.ObservePhase("checkpoint", ValueOr(metrics, "timing_s/save_checkpoint", 0));
}

void TrainLoop::Report(const std::map<std::string, double>& metrics,
                       const std::string& checkpoint) {
  learner::v1::StepReport report;
  report.set_step(step_);
  const absl::Time now = parts_.clock.Now();
  report.mutable_time()->set_seconds(absl::ToUnixSeconds(now));
  report.mutable_metrics()->insert(metrics.begin(), metrics.end());
  report.mutable_weights()->set_run(version_.run);
  report.mutable_weights()->set_incarnation(version_.incarnation);
  report.mutable_weights()->set_version(version_.version);
  report.mutable_weights()->set_digest(version_.digest);
  report.set_final(done());
  report.set_checkpoint(checkpoint);
  parts_.board.AddReport(report);
  Log(Severity::kInfo, "step trained",
      {{"run", config_.name},
       {"step", step_},
       {"reward_density", ValueOr(metrics, "reward_density", 0)},
       {"seconds", ValueOr(metrics, "timing_s/step", 0)},
       {"checkpoint", checkpoint}});
}

}  // namespace hir
