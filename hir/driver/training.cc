#include "hir/driver/training.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/client/step_watcher.h"
#include "hir/config/eval_suites.h"
#include "hir/driver/best_step.h"
#include "hir/evaluation/evaluation.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

// Between looks at whether to stop.
constexpr absl::Duration kTick = absl::Milliseconds(500);
// Without a report for so long, the ledger is asked whether there is still one to come.
constexpr absl::Duration kQuiet = absl::Seconds(5);
// A worker that dies meanwhile starts again, loads its model and fetches the weights within this.
constexpr absl::Duration kWeightsPatience = absl::Minutes(5);

EvalSettings SettingsOf(const RunConfig& config, int64_t version) {
  return {.system_prompt = config.data.system_prompt,
          .temperature = config.eval.temperature,
          .max_response_tokens = config.eval.max_response_tokens > 0
                                     ? config.eval.max_response_tokens
                                     : config.rollout.max_response_tokens,
          .seed = config.seed,
          .version = version};
}

}  // namespace

Training::Training(TrainingOptions options, RingStubs& stubs, RunObserver& observer)
    : options_(std::move(options)),
      stubs_(stubs),
      observer_(observer),
      replay_(*stubs.replay, options_.config.name, options_.should_stop),
      folder_(options_.config),
      tensorboard_(folder_.path()),
      rollouts_(replay_, folder_),
      order_(TaskOrder(options_.config, options_.train_files)),
      last_step_(options_.config.learner.total_steps) {}

absl::Status Training::Check() {
  absl::MutexLock lock(&telling_);
  // A service that died and was restarted is not an error, but the observer must hear of it.
  if (options_.news) {
    for (const std::string& line : options_.news()) observer_.OnWarning(line);
  }
  if (options_.should_stop()) return absl::CancelledError("interrupted.");
  return options_.health();
}

bool Training::Lacks(const EvalSuite& suite, int64_t step) const {
  return IsDue(suite, step, options_.config.learner.total_steps) &&
         !folder_.HasEvaluation(step, suite.name);
}

bool Training::LacksEvaluation(int64_t step) const {
  return std::any_of(options_.suites.begin(), options_.suites.end(),
                     [&](const auto& records) { return Lacks(records.suite, step); });
}

int64_t Training::BlockEnd(int64_t step) const {
  const int64_t total = options_.config.learner.total_steps;
  int64_t end = total;
  // Without an evaluation, which needs the weights to stay the same, all steps may be put at once.
  for (const SuiteRecords& records : options_.suites) {
    const int64_t every = records.suite.every;
    end = std::min(end, (step + every - 1) / every * every);
  }
  return end;
}

absl::Status Training::PutTasksUpTo(int64_t step) {
  if (step <= tasks_put_to_) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(replay_.PutTasks(
      TasksOfSteps(options_.config, options_.train, order_, tasks_put_to_ + 1, step)));
  tasks_put_to_ = step;
  return absl::OkStatus();
}

absl::Status Training::Run() {
  HIR_ASSIGN_OR_RETURN(const replay::v1::GetRunResponse run, replay_.GetRun());
  int64_t version = run.weights().version();
  // The worker can only serve weights that a process still has; later ones are trained again first.
  bool weights_are_checkpointed = run.checkpoint_version() >= version;
  ledger_begins_after_ = run.first_version();
  // An empty ledger knows no step, so the run continues after the learner's checkpoint. Files of
  // later steps in the folder belong to batches that will be drawn again.
  if (options_.new_ledger && version == 0) {
    HIR_ASSIGN_OR_RETURN(version, RestoredStep());
    HIR_RETURN_IF_ERROR(folder_.ForgetStepsAfter(version));
    ledger_begins_after_ = version;
    weights_are_checkpointed = true;
    reported_to_ = version;
    rollouts_.BeginAfter(version);
  }
  if (version > 0) observer_.OnResumed(version);
  // The batches up to there are frozen, or were in a ledger that is lost.
  tasks_put_to_ = version;
  // A learner that restored an older checkpoint trains up to `version` again and reports it.
  const bool to_evaluate = LacksEvaluation(version);
  if (to_evaluate && weights_are_checkpointed) HIR_RETURN_IF_ERROR(EvaluateAt(version));
  // A command that was killed may have evaluated without having looked.
  HIR_RETURN_IF_ERROR(LookForBest(version));
  if (!stopped_early_.empty()) return Finish(version);
  // Steps are put only up to the next evaluation, so that its weights stay the same.
  const bool waits = to_evaluate && !weights_are_checkpointed;
  HIR_RETURN_IF_ERROR(PutTasksUpTo(waits ? version : BlockEnd(version + 1)));
  // The learner of a run that is complete may have ended for good, and reports nothing more.
  if (run.checkpoint_version() < options_.config.learner.total_steps) {
    HIR_RETURN_IF_ERROR(Follow(version));
  }
  return Finish(last_step_);
}

absl::StatusOr<int64_t> Training::RestoredStep() {
  StepWatcher watcher(*stubs_.learner, options_.config.name, 0);
  // A learner reports the step of its checkpoint as soon as it has the run.
  while (true) {
    HIR_RETURN_IF_ERROR(Check());
    if (const auto report = watcher.Next(kTick)) return report->step();
    HIR_RETURN_IF_ERROR(watcher.status());
  }
}

absl::Status Training::Follow(int64_t resumed_from) {
  const int64_t total = options_.config.learner.total_steps;
  step_start_ = absl::Now();
  int64_t reached = resumed_from;
  absl::Time last_report = absl::Now();
  auto watcher = std::make_unique<StepWatcher>(*stubs_.learner, options_.config.name, reported_to_);
  observer_.OnFollowing();
  while (true) {
    HIR_RETURN_IF_ERROR(Check());
    // Reports come first, so that none is skipped and each is recorded in order, however late.
    const auto report = watcher->Next(kTick);
    if (report) {
      reached = std::max(reached, report->step());
      last_report = absl::Now();
      HIR_RETURN_IF_ERROR(FinishStep(*report));
      if (!stopped_early_.empty()) return absl::OkStatus();
      continue;
    }
    HIR_RETURN_IF_ERROR(watcher->status());
    // Complete only for a learner that started before the run was extended; from here the learner
    // with the additional steps is watched.
    if (watcher->complete()) {
      if (reached >= total) return absl::OkStatus();
      watcher = std::make_unique<StepWatcher>(*stubs_.learner, options_.config.name, reached);
    }
    // A learner that died right after its last checkpoint has nothing to report after its restart.
    if (absl::Now() - last_report > kQuiet && Complete()) return absl::OkStatus();
    HIR_RETURN_IF_ERROR(Look());
  }
}

bool Training::Complete() {
  const auto run = replay_.GetRun();
  return run.ok() && run->checkpoint_version() >= options_.config.learner.total_steps;
}

absl::Status Training::Look() {
  const auto progress = replay_.GetProgress();
  // Replay answers, so Redis restarted empty, and waiting does not help.
  if (absl::IsNotFound(progress.status())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "replay's ledger has lost run ", options_.config.name,
        " (Redis came back without it): give Redis its append-only file back, or begin an empty ",
        "ledger after the newest checkpoint with --new-ledger."));
  }
  if (!progress.ok()) return absl::OkStatus();  // Replay is unreachable for the moment.
  HIR_RETURN_IF_ERROR(PutLostTasksAgain(*progress));
  if (const std::string stall = stall_.Look(*progress, absl::Now()); !stall.empty()) {
    observer_.OnWarning(stall);
  }
  observer_.OnProgress(*progress);
  return absl::OkStatus();
}

absl::Status Training::PutLostTasksAgain(const replay::v1::GetProgressResponse& progress) {
  const int64_t put = (tasks_put_to_ - ledger_begins_after_) * TasksPerStep(options_.config);
  const int64_t lost = put - static_cast<int64_t>(progress.tasks());
  // Tasks of frozen steps are not needed again, so only those of later steps are put.
  const int64_t first = std::max(progress.collecting_step(), ledger_begins_after_ + 1);
  if (lost <= 0 || first > tasks_put_to_) return absl::OkStatus();
  observer_.OnWarning(
      absl::StrCat("replay's ledger has lost ", lost,
                   " tasks, a part of Redis' append-only file is missing; they are put again"));
  return replay_.PutTasks(
      TasksOfSteps(options_.config, options_.train, order_, first, tasks_put_to_));
}

absl::Status Training::Finish(int64_t last) {
  HIR_RETURN_IF_ERROR(rollouts_.SaveUpTo(last, options_.should_stop));
  return LacksEvaluation(last) ? EvaluateAt(last) : absl::OkStatus();
}

absl::Status Training::FinishStep(const learner::v1::StepReport& report) {
  const int64_t step = report.step();
  ++pace_.steps;
  pace_.training += absl::Now() - step_start_;
  step_start_ = absl::Now();
  observer_.OnStep(report, LeftAt(step));
  for (const std::string& warning : report.warnings()) observer_.OnWarning(warning);
  if (options_.save_metrics) HIR_RETURN_IF_ERROR(folder_.SaveMetrics(report));
  HIR_RETURN_IF_ERROR(tensorboard_.AddStep(report));
  HIR_RETURN_IF_ERROR(rollouts_.SaveUpTo(step, options_.should_stop));
  // The block continues, so newer weights may be on their way, and nothing can be evaluated.
  if (step < tasks_put_to_) return absl::OkStatus();
  if (LacksEvaluation(step)) {
    HIR_RETURN_IF_ERROR(EvaluateAt(step));
    // The next step begins only now; the evaluation has a pace of its own.
    step_start_ = absl::Now();
  }
  if (step == last_step_) return absl::OkStatus();
  return PutTasksUpTo(BlockEnd(step + 1));
}

absl::Duration Training::LeftAt(int64_t step) const {
  const int64_t total = options_.config.learner.total_steps;
  int64_t evaluations = 0;
  for (const SuiteRecords& records : options_.suites) {
    const std::set<int64_t> evaluated = folder_.EvaluatedSteps(records.suite.name);
    for (int64_t s = step; s <= total; ++s) {
      evaluations += IsDue(records.suite, s, total) && !evaluated.contains(s);
    }
  }
  return TimeLeft(pace_, total - step, evaluations);
}

absl::Status Training::WaitForWeights(size_t worker, int64_t version,
                                      const std::function<bool()>& over) {
  const absl::Time end = absl::Now() + kWeightsPatience;
  while (true) {
    HIR_RETURN_IF_ERROR(Check());
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(5));
    rollout::v1::GetStatusResponse response;
    const absl::Status status =
        FromGrpc(stubs_.rollouts[worker]->GetStatus(&context, {}, &response));
    if (status.ok() && response.serving().version() == version) return absl::OkStatus();
    if (over()) return absl::CancelledError("the evaluation is over.");
    if (absl::Now() >= end) {
      return absl::DeadlineExceededError(absl::StrCat(
          "rollout worker ", worker, " did not take the weights of step ", version, " in time."));
    }
    absl::SleepFor(kTick);
  }
}

absl::Status Training::ConnectWorkers(int64_t step) {
  RingAddresses addresses;
  for (bool told = false; addresses.rollouts.empty(); told = true) {
    if (told) absl::SleepFor(kTick);
    HIR_RETURN_IF_ERROR(Check());
    HIR_ASSIGN_OR_RETURN(const std::vector<replay::v1::Worker> workers, replay_.ListWorkers());
    for (const replay::v1::Worker& worker : workers) addresses.rollouts.push_back(worker.address());
    if (!addresses.rollouts.empty() || told) continue;
    observer_.OnWarning(absl::StrCat("the evaluation of step ", step,
                                     " waits for a rollout worker, since replay lists none for ",
                                     "run ", options_.config.name));
  }
  HIR_ASSIGN_OR_RETURN(RingStubs connected, options_.connect(addresses));
  stubs_.rollouts = std::move(connected.rollouts);
  return absl::OkStatus();
}

absl::Status Training::EvaluateAt(int64_t step) {
  for (const SuiteRecords& records : options_.suites) {
    if (Lacks(records.suite, step)) HIR_RETURN_IF_ERROR(EvaluateWith(records, step));
  }
  return LookForBest(step);
}

absl::Status Training::EvaluateWith(const SuiteRecords& suite, int64_t step) {
  const absl::Time start = absl::Now();
  // Workers come and go while a run trains.
  if (options_.connect) HIR_RETURN_IF_ERROR(ConnectWorkers(step));
  HIR_ASSIGN_OR_RETURN(
      const std::vector<EvalOutcome> outcomes,
      Evaluate(stubs_, suite.records, SettingsOf(options_.config, step),
               {.clock = clock_,
                .progress =
                    [&](size_t done, size_t total) {
                      absl::MutexLock lock(&telling_);
                      observer_.OnEvaluating(step, done, total);
                    },
                .should_stop = options_.should_stop,
                // A restarted worker serves the model folder's weights until it has fetched these.
                .await_worker =
                    [&](size_t worker, const std::function<bool()>& over) {
                      return WaitForWeights(worker, step, over);
                    }}));
  EvalSummary summary = Summarise(outcomes);
  summary.suite = suite.suite.name;
  HIR_RETURN_IF_ERROR(folder_.SaveEvaluation(step, OutcomeLines(suite.records, outcomes), summary));
  HIR_RETURN_IF_ERROR(tensorboard_.AddEvaluation(summary.suite, step));
  const absl::Duration took = absl::Now() - start;
  observer_.OnEvaluated(step, summary, took);
  pace_.evaluating += took;
  ++pace_.evaluations;
  return absl::OkStatus();
}

absl::Status Training::LookForBest(int64_t step) {
  const std::optional<BestMetric> metric = BestMetricOf(options_.config);
  if (!metric) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const auto scores, folder_.Scores(metric->suite.name, metric->name));
  const std::optional<BestStep> best = FindBestStep(scores);
  if (!best) return absl::OkStatus();
  if (best->step != marked_best_) HIR_RETURN_IF_ERROR(MarkBest(best->step));
  const int patience = options_.config.eval.patience;
  if (patience == 0 || best->evaluations_since < patience || step >= last_step_) {
    return absl::OkStatus();
  }
  stopped_early_ = absl::StrFormat(
      "ended after step %d of %d: none of the last %d evaluations was better than %s = %.4f after "
      "step %d (eval.patience is %d)",
      step, last_step_, best->evaluations_since, options_.config.checkpoint.best_metric,
      best->score, best->step, patience);
  last_step_ = step;
  return absl::OkStatus();
}

absl::Status Training::MarkBest(int64_t step) {
  learner::v1::MarkBestRequest request;
  request.set_run(options_.config.name);
  request.set_step(step);
  // The learner of a complete run may have ended for good, and removes nothing any more.
  const bool complete = Complete();
  const absl::Status status = Retry(
      clock_, {.max_elapsed = complete ? kQuiet : kWeightsPatience},
      [&] {
        grpc::ClientContext context;
        PrepareCall(context, absl::Minutes(1));
        learner::v1::MarkBestResponse response;
        return FromGrpc(stubs_.learner->MarkBest(&context, request, &response));
      },
      options_.should_stop);
  if (!status.ok() && !absl::IsNotFound(status) && !complete) return status;
  marked_best_ = step;
  // NOT_FOUND: somebody removed it; the next better one is kept again.
  if (!status.ok()) {
    observer_.OnWarning(absl::StrCat("the best model can't be kept: ", status.message()));
  }
  return absl::OkStatus();
}

}  // namespace hir
