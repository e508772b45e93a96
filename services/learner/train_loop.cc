#include "services/learner/train_loop.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/config/eval_suites.h"
#include "hir/domain/wire/ids.h"
#include "hir/trace/trace.h"
#include "services/learner/translation.h"

namespace hir {
namespace {

double Seconds(absl::Duration duration) { return absl::ToDoubleSeconds(duration); }

double UnixSeconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

// A part of a step, below the step's root.
void TracePart(const SpanContext& step, const char* name, absl::Time start, absl::Time end) {
  ReportSpan({.name = name, .context = NewSpan(step), .parent = step, .start = start, .end = end});
}

}  // namespace

absl::StatusOr<ResumeState> TrainLoop::FindWhereToResume() {
  ResumeState state;
  if (config_.checkpoint.resume == Resume::kOff) return state;
  // The log knows the batch of every step; the checkpoint knows that of its own, even where the log
  // was lost. A ledger that has other batches under these numbers must not be trained on.
  HIR_ASSIGN_OR_RETURN(state.checkpoint, parts_.checkpoints.FindNewest(config_.name));
  HIR_ASSIGN_OR_RETURN(state.trained, parts_.log.Digests());
  if (state.checkpoint.has_value()) {
    state.trained[state.checkpoint->record.step] = state.checkpoint->record.batch_digest;
  }
  HIR_RETURN_IF_ERROR(CheckResume(state, options_.new_ledger, parts_.ledger));
  return state;
}

absl::Status TrainLoop::Start(const std::string& address) {
  ResumeState state;
  // Only rank 0 looks: ranks that found different checkpoints, on a disk that is slow to show the
  // newest, would train different weights.
  if (leads()) {
    HIR_ASSIGN_OR_RETURN(state, FindWhereToResume());
  }
  const std::optional<FoundCheckpoint>& found = state.checkpoint;
  if (found.has_value()) {
    HIR_RETURN_IF_ERROR(parts_.trainer.Restore(found->folder));
    Log(Severity::kInfo, "resuming",
        {{"run", config_.name}, {"step", found->record.step}, {"folder", found->folder}});
  }
  HIR_ASSIGN_OR_RETURN(
      step_, parts_.trainer.ShareFromRankZero(found.has_value() ? found->record.step : 0));
  if (!leads()) return absl::OkStatus();
  // From here on an earlier learner of the run, which may still be alive, is refused by replay.
  version_.run = config_.name;
  HIR_ASSIGN_OR_RETURN(
      version_.incarnation,
      parts_.ledger.TakeIncarnation(address, found.has_value() ? found->record.incarnation : 0));
  // Also when nothing is new: the ledger must name weights of this incarnation, and workers that
  // started meanwhile have none of them.
  HIR_RETURN_IF_ERROR(Publish(""));
  // The steps after the checkpoint are trained again, and would be listed twice.
  HIR_RETURN_IF_ERROR(parts_.log.TruncateAfter(step_));
  HIR_ASSIGN_OR_RETURN(const auto first_step, parts_.log.MetricsOf(1));
  collapse_.SetFirstStep(MetricsOfNames(first_step));
  parts_.metrics.step.Set(static_cast<double>(step_));
  // The learner may have died after the checkpoint and before its report, which is waited for.
  if (found.has_value()) {
    HIR_ASSIGN_OR_RETURN(const auto metrics, parts_.log.MetricsOf(step_));
    Report(metrics, found->record.batch_digest, found->folder, {});
  }
  return absl::OkStatus();
}

absl::StatusOr<StepMetrics> TrainLoop::TrainOn(const replay::v1::GetBatchResponse& batch,
                                               int64_t step, absl::Time& ready) {
  // Until here the rank waited; fetching rows counts as waiting too where there are any.
  ready = parts_.clock.Now();
  if (options_.skip_steps.contains(step)) {
    Log(Severity::kWarning, "a step is skipped, as the operator wants it",
        {{"run", config_.name}, {"step", step}, {"batch_digest", batch.batch_digest()}});
    return StepMetrics{.training_skipped_step = 1};
  }
  const std::string way_out =
      absl::StrCat("; --skip-step ", step, " goes on without this step's batch");
  if (batch.rows_size() == 0) {
    const std::string& why = batch.facts().abandon_reason();
    return absl::FailedPreconditionError(absl::StrCat(
        "step ", step, " has nothing to train: all of its ", batch.facts().abandoned_tasks(),
        " tasks were abandoned, the last one because ", why.empty() ? "of no known reason" : why,
        way_out));
  }
  HIR_ASSIGN_OR_RETURN(
      std::vector<TrainingSample> samples,
      parts_.ledger.ReadShard(step, parts_.trainer.rank(), parts_.trainer.world_size()));
  ready = parts_.clock.Now();
  auto metrics = parts_.trainer.TrainStep({.step = step,
                                           .rows = static_cast<uint32_t>(batch.rows_size()),
                                           .samples = std::move(samples)});
  // Both would happen again with the same batch and weights, so starting again does not help and
  // the operator has to decide. What else fails - another rank, the memory - may pass.
  if (absl::IsInvalidArgument(metrics.status()) || absl::IsFailedPrecondition(metrics.status())) {
    return absl::FailedPreconditionError(absl::StrCat(metrics.status().message(), way_out));
  }
  return metrics;
}

absl::Status TrainLoop::RunOnce() {
  const int64_t step = step_ + 1;
  const SpanContext trace = StepSpan(config_.name, step);
  const TraceScope scope(trace);
  const absl::Time start = parts_.clock.Now();
  HIR_ASSIGN_OR_RETURN(const auto batch, parts_.ledger.AwaitBatch(step, version_));
  absl::Time trained_from;
  HIR_ASSIGN_OR_RETURN(auto metrics, TrainOn(batch, step, trained_from));
  // The other ranks have nothing to report: all ranks have the same weights.
  step_ = step;
  if (!leads()) return absl::OkStatus();

  const absl::Time trained = parts_.clock.Now();
  // First, since workers that wait for these weights are idle.
  HIR_RETURN_IF_ERROR(Publish(batch.batch_digest()));
  const absl::Time published = parts_.clock.Now();
  AddFacts(batch.facts(), metrics);
  metrics.timing_s_gen = Seconds(trained_from - start);
  metrics.timing_s_param_sync = Seconds(published - trained);
  // A step's own checkpoint is written after its metrics, so its time is the next step's.
  const absl::Duration checkpointed = std::exchange(checkpointing_, absl::ZeroDuration());
  const double seconds = Seconds(published - start + checkpointed);
  metrics.timing_s_save_checkpoint = Seconds(checkpointed);
  metrics.timing_s_step = seconds;
  metrics.perf_throughput = metrics.perf_total_num_tokens.value_or(0) / std::max(1e-9, seconds) /
                            parts_.trainer.world_size();
  if (step_ == 1) collapse_.SetFirstStep(metrics);
  const std::vector<std::string> warnings = collapse_.Look(step_, metrics);
  for (const std::string& warning : warnings) {
    Log(Severity::kWarning, warning, {{"run", config_.name}, {"step", step_}});
  }
  // Before the checkpoint, after which a resume would never write it.
  const std::map<std::string, double> named = NamedValues(metrics);
  HIR_RETURN_IF_ERROR(parts_.log.Append(step_, batch.batch_digest(), named));
  std::string folder;
  if (CheckpointIsDue()) HIR_RETURN_IF_ERROR(WriteCheckpoint(batch.batch_digest(), folder));
  TracePart(trace, "wait", start, trained_from);
  TracePart(trace, "train", trained_from, trained);
  TracePart(trace, "push", trained, published);
  if (!folder.empty()) TracePart(trace, "checkpoint", published, parts_.clock.Now());
  ReportSpan({.name = "step",
              .context = trace,
              .start = start,
              .end = parts_.clock.Now(),
              .attributes = {{"hir.run", config_.name},
                             {"hir.step", step_},
                             {"hir.rows", int64_t{batch.rows_size()}}}});
  // Last, since a watcher may read the log, the weights or the checkpoint at once.
  parts_.metrics.staleness.Observe(batch.facts().max_staleness());
  Observe(metrics);
  Report(named, batch.batch_digest(), folder, warnings);
  nlohmann::json fields = {
      {"run", config_.name}, {"step", step_}, {"seconds", seconds}, {"checkpoint", folder}};
  if (metrics.reward_density.has_value()) fields["reward_density"] = *metrics.reward_density;
  Log(Severity::kInfo, "step trained", fields);
  return absl::OkStatus();
}

absl::Status TrainLoop::Publish(const std::string& batch_digest) {
  HIR_ASSIGN_OR_RETURN(PackedWeights packed, parts_.trainer.Pack());
  version_.version = step_;
  version_.digest = WeightsDigest(packed);
  const NewestWeights newest{version_, std::make_shared<const PackedWeights>(std::move(packed))};
  // Workers fetch them as soon as replay names them, so they are put into the outbox first.
  parts_.outbox.SetWeights(newest);
  HIR_RETURN_IF_ERROR(parts_.ledger.AdvanceVersion(version_, batch_digest));
  parts_.metrics.weights.version.Set(static_cast<double>(step_));
  parts_.metrics.weights.last_update.Set(UnixSeconds(parts_.clock.Now()));
  // Nothing is lost without the list: replay tells each worker to fetch what it was not sent.
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
  // After a skipped step too: a resume from before it would need the operator's word again.
  const auto is_multiple_of = [this](int steps) { return steps > 0 && step_ % steps == 0; };
  const std::optional<BestMetric> best = BestMetricOf(config_);
  return done() || options_.skip_steps.contains(step_) ||
         is_multiple_of(config_.checkpoint.every) ||
         is_multiple_of(config_.checkpoint.keep_every) ||
         // What is evaluated may turn out to be the best.
         (best && IsDue(best->suite, step_, config_.learner.total_steps));
}

absl::Status TrainLoop::WriteCheckpoint(const std::string& batch_digest, std::string& folder) {
  const absl::Time start = parts_.clock.Now();
  const CheckpointRecord record{.step = step_,
                                .run = config_.name,
                                .incarnation = version_.incarnation,
                                .weights_digest = absl::BytesToHexString(version_.digest),
                                .batch_digest = batch_digest};
  HIR_ASSIGN_OR_RETURN(
      folder,
      parts_.checkpoints.Write(
          record, [&](const std::string& temporary) { return parts_.trainer.Save(temporary); },
          // Already recorded; repeating it shows whether this learner still has the run.
          [&] { return parts_.ledger.AdvanceVersion(version_, batch_digest); }));
  parts_.metrics.checkpoint.Set(UnixSeconds(parts_.clock.Now()));
  // Replay drops the batches that no resume can need any more. Before anything is removed here,
  // since this write too is refused once another learner has the run.
  HIR_RETURN_IF_ERROR(
      parts_.ledger.CommitCheckpoint(version_, parts_.checkpoints.OldestKept(record)));
  parts_.checkpoints.PruneOlderThan(record);
  checkpointing_ = parts_.clock.Now() - start;
  parts_.metrics.ObservePhase("checkpoint", Seconds(checkpointing_));
  return absl::OkStatus();
}

void TrainLoop::Observe(const StepMetrics& metrics) {
  LearnerMetrics& m = parts_.metrics;
  m.step.Set(static_cast<double>(step_));
  m.steps.Increment();
  m.last_step.Set(UnixSeconds(parts_.clock.Now()));
  // Metrics that the step did not measure keep their last value.
  const auto show = [](std::optional<double> value, prometheus::Gauge& gauge) {
    if (value.has_value()) gauge.Set(*value);
  };
  show(metrics.actor_pg_loss, m.loss);
  show(metrics.actor_grad_norm, m.grad_norm);
  show(metrics.actor_kl, m.kl);
  show(metrics.actor_pg_clipfrac_original, m.clip_original);
  show(metrics.actor_pg_clipfrac_replayed, m.clip_replay);
  show(metrics.training_rollout_logprobs_abs_diff_mean, m.logprob_mismatch);
  const auto took = [&m](const char* phase, std::optional<double> seconds) {
    if (seconds.has_value()) m.ObservePhase(phase, *seconds);
  };
  took("wait", metrics.timing_s_gen);
  took("train", metrics.timing_s_train);
  took("push", metrics.timing_s_param_sync);
  m.skipped_updates.Increment(metrics.training_skipped_updates.value_or(0));
  if (const auto seconds = metrics.timing_s_all_reduce; seconds.has_value()) {
    m.collective_duration.Observe(*seconds);
  }
}

void TrainLoop::Report(const std::map<std::string, double>& metrics,
                       const std::string& batch_digest, const std::string& checkpoint,
                       const std::vector<std::string>& warnings) {
  learner::v1::StepReport report;
  report.set_step(step_);
  const absl::Time now = parts_.clock.Now();
  report.mutable_time()->set_seconds(absl::ToUnixSeconds(now));
  report.mutable_metrics()->insert(metrics.begin(), metrics.end());
  *report.mutable_weights() = ToProto(version_);
  report.set_final(done());
  report.set_checkpoint(checkpoint);
  report.set_batch_digest(batch_digest);
  for (const std::string& warning : warnings) report.add_warnings(warning);
  parts_.outbox.AddReport(report);
}

}  // namespace hir
