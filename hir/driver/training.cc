#include "hir/driver/training.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "hir/driver/train_tasks.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(500);
constexpr absl::Duration kQuiet = absl::Seconds(5);
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

void ShowScores(int64_t step, const EvalSummary& summary, HeldOutMetrics& metrics) {
  metrics.SetStep(step);
  metrics.Set("prompt", "strict", summary.prompt_strict.value);
  metrics.Set("prompt", "loose", summary.prompt_loose.value);
  metrics.Set("instruction", "strict", summary.instruction_strict.value);
  metrics.Set("instruction", "loose", summary.instruction_loose.value);
}

}  // namespace

Training::Training(TrainingOptions options, RingStubs& stubs)
    : options_(std::move(options)),
      stubs_(stubs),
      replay_(*stubs.replay, options_.config.name, options_.should_stop),
      folder_(options_.config),
      live_(std::cout, options_.terminal),
      order_(TaskOrder(options_.config, options_.train_files)) {}

void Training::Say(const std::string& line) {
  live_.Clear();
  std::cout << line << std::endl;
}

absl::Status Training::Check() {
  if (options_.news) {
    for (const std::string& line : options_.news()) Say(absl::StrCat("warning: ", line, "."));
  }
  if (options_.should_stop()) return absl::CancelledError("interrupted.");
  return options_.health();
}

bool Training::IsEvalStep(int64_t step) const {
  const int every = options_.config.eval.every;
  return Evaluates() && every > 0 &&
         (step % every == 0 || step == options_.config.learner.total_steps);
}

int64_t Training::BlockEnd(int64_t step) const {
  const int64_t total = options_.config.learner.total_steps;
  const int64_t every = options_.config.eval.every;
  if (!Evaluates() || every == 0) return total;
  return std::min(total, (step + every - 1) / every * every);
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
  bool at_hand = run.checkpoint_version() >= version;
  ledger_begins_after_ = run.first_version();
  if (options_.new_ledger && version == 0) {
    HIR_ASSIGN_OR_RETURN(version, RestoredStep());
    HIR_RETURN_IF_ERROR(folder_.ForgetStepsAfter(version));
    ledger_begins_after_ = version;
    at_hand = true;
    reported_to_ = version;
    rollouts_asked_to_ = version;
  }
  if (version > 0) Say(absl::StrCat("resuming after step ", version));
  // The batches up to there are frozen, or were in a ledger that is lost.
  tasks_put_to_ = version;
  // A learner that restored an older checkpoint trains up to `version` again and reports it.
  const bool to_evaluate = IsEvalStep(version) && !folder_.HasEval(version);
  if (to_evaluate && at_hand) HIR_RETURN_IF_ERROR(EvaluateAt(version));
  // Steps are trained only as far as the next evaluation, so that its weights stand still.
  HIR_RETURN_IF_ERROR(PutTasksUpTo(to_evaluate && !at_hand ? version : BlockEnd(version + 1)));
  if (run.checkpoint_version() < options_.config.learner.total_steps) {
    HIR_RETURN_IF_ERROR(Follow(version));
  }
  return Finish();
}

absl::StatusOr<int64_t> Training::RestoredStep() {
  StepWatcher watcher(*stubs_.learner, options_.config.name, 0);
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
  Say(StepHeader());
  while (true) {
    HIR_RETURN_IF_ERROR(Check());
    const auto report = watcher->Next(kTick);
    if (report) {
      reached = std::max(reached, report->step());
      last_report = absl::Now();
      HIR_RETURN_IF_ERROR(FinishStep(*report));
      continue;
    }
    HIR_RETURN_IF_ERROR(watcher->status());
    if (watcher->complete()) {
      if (reached >= total) return absl::OkStatus();
      watcher = std::make_unique<StepWatcher>(*stubs_.learner, options_.config.name, reached);
    }
    if (absl::Now() - last_report > kQuiet && Complete()) return absl::OkStatus();
    HIR_RETURN_IF_ERROR(Look());
  }
}

absl::Status Training::Look() {
  const auto progress = replay_.GetProgress();
  if (absl::IsNotFound(progress.status())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "replay's ledger has lost run ", options_.config.name,
        " (Redis came back without it): give Redis its append-only file back, or begin an empty ",
        "ledger after the newest checkpoint with --new-ledger."));
  }
  if (!progress.ok()) return absl::OkStatus();  // It comes back.
  HIR_RETURN_IF_ERROR(PutLostTasksAgain(*progress));
  if (const std::string stall = stall_.Look(*progress, absl::Now()); !stall.empty()) {
    Say(absl::StrCat("warning: ", stall, "."));
  }
  live_.Show(ProgressLine(*progress));
  return absl::OkStatus();
}

absl::Status Training::PutLostTasksAgain(const replay::v1::GetProgressResponse& progress) {
  const int64_t put =
      (tasks_put_to_ - ledger_begins_after_) * options_.config.rollout.train_batch_size;
  const int64_t lost = put - static_cast<int64_t>(progress.tasks());
  const int64_t first = std::max(progress.collecting_step(), ledger_begins_after_ + 1);
  if (lost <= 0 || first > tasks_put_to_) return absl::OkStatus();
  Say(absl::StrCat("warning: replay's ledger has lost ", lost,
                   " tasks, a part of Redis' append-only file is missing; they are put again."));
  return replay_.PutTasks(
      TasksOfSteps(options_.config, options_.train, order_, first, tasks_put_to_));
}

// A learner that died right after its last checkpoint comes back with nothing to report.
bool Training::Complete() {
  const auto run = replay_.GetRun();
  return run.ok() && run->checkpoint_version() >= options_.config.learner.total_steps;
}

absl::Status Training::Finish() {
  const int64_t total = options_.config.learner.total_steps;
  HIR_RETURN_IF_ERROR(SaveRolloutsUpTo(total));
  if (IsEvalStep(total) && !folder_.HasEval(total)) HIR_RETURN_IF_ERROR(EvaluateAt(total));
  return absl::OkStatus();
}

absl::Status Training::FinishStep(const learner::v1::StepReport& report) {
  ++pace_.steps;
  pace_.training += absl::Now() - step_start_;
  step_start_ = absl::Now();
  Say(StepLine(report, options_.config.learner.total_steps, LeftAt(report.step())));
  for (const std::string& warning : report.warnings()) Say(absl::StrCat("warning: ", warning, "."));
  if (options_.save_metrics) HIR_RETURN_IF_ERROR(folder_.SaveMetrics(report));
  HIR_RETURN_IF_ERROR(SaveRolloutsUpTo(report.step()));
  if (report.step() < tasks_put_to_) return absl::OkStatus();
  if (IsEvalStep(report.step()) && !folder_.HasEval(report.step())) {
    HIR_RETURN_IF_ERROR(EvaluateAt(report.step()));
    step_start_ = absl::Now();
  }
  if (report.step() == options_.config.learner.total_steps) return absl::OkStatus();
  return PutTasksUpTo(BlockEnd(report.step() + 1));
}

absl::Duration Training::LeftAt(int64_t step) const {
  const int64_t total = options_.config.learner.total_steps;
  int64_t evaluations = 0;
  for (int64_t s = step; s <= total; ++s) evaluations += IsEvalStep(s) && !folder_.HasEval(s);
  return TimeLeft(pace_, total - step, evaluations);
}

absl::Status Training::SaveRolloutsUpTo(int64_t step) {
  while (rollouts_asked_to_ < step) rollouts_missing_.insert(++rollouts_asked_to_);
  for (auto next = rollouts_missing_.begin(); next != rollouts_missing_.end();) {
    HIR_ASSIGN_OR_RETURN(const bool settled, SaveRolloutsOf(*next));
    next = settled ? rollouts_missing_.erase(next) : std::next(next);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Training::SaveRolloutsOf(int64_t step) {
  if (folder_.HasRollouts(step)) return true;
  const auto records = replay_.ReadStep(step);
  if (options_.should_stop()) return absl::CancelledError("interrupted.");
  if (records.ok()) {
    HIR_RETURN_IF_ERROR(folder_.SaveRollouts(step, *records));
    return true;
  }
  // Training does not depend on these; batches older than the kept checkpoints are dropped.
  Log(Severity::kWarning, "no rollouts of a step",
      {{"step", step}, {"why", std::string(records.status().message())}});
  return absl::IsFailedPrecondition(records.status());
}

absl::Status Training::WaitForWeights(int64_t version) {
  const absl::Time end = absl::Now() + kWeightsPatience;
  while (true) {
    HIR_RETURN_IF_ERROR(Check());
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(5));
    rollout::v1::GetStatusResponse response;
    const absl::Status status = FromGrpc(stubs_.rollout->GetStatus(&context, {}, &response));
    if (status.ok() && response.serving().version() == version) return absl::OkStatus();
    if (absl::Now() >= end) {
      return absl::DeadlineExceededError(absl::StrCat(
          "the rollout worker did not take the weights of step ", version, " in time."));
    }
    absl::SleepFor(kTick);
  }
}

absl::Status Training::EvaluateAt(int64_t step) {
  const absl::Time start = absl::Now();
  HIR_ASSIGN_OR_RETURN(
      const std::vector<EvalOutcome> outcomes,
      Evaluate(
          *stubs_.rollout, *stubs_.verifier, options_.held_out, SettingsOf(options_.config, step),
          {.clock = clock_,
           .progress =
               [&](size_t done, size_t total) {
                 live_.Show(absl::StrCat("evaluating after step ", step, ": ", done, "/", total));
               },
           .should_stop = options_.should_stop,
           .await_worker = [&] { return WaitForWeights(step); }}));
  HIR_RETURN_IF_ERROR(folder_.SaveEval(step, options_.held_out, outcomes));
  const EvalSummary summary = Summarise(outcomes);
  if (options_.metrics != nullptr) ShowScores(step, summary, *options_.metrics);
  Say(
      absl::StrFormat("evaluation after step %d: prompts met strictly %.1f %% [%.1f, %.1f], "
                      "constraints %.1f %%, %d "
                      "prompts, %s",
                      step, 100 * summary.prompt_strict.value, 100 * summary.prompt_strict.low,
                      100 * summary.prompt_strict.high, 100 * summary.instruction_strict.value,
                      summary.prompts, ShortDuration(absl::Now() - start)));
  pace_.evaluating += absl::Now() - start;
  ++pace_.evaluations;
  return absl::OkStatus();
}

}  // namespace hir
