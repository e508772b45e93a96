#include "hir/driver/train_run.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/status_macros.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_client.h"
#include "hir/config/schema.h"
#include "hir/dashboard/report.h"
#include "hir/driver/training.h"
#include "hir/evaluation/compare.h"
#include "hir/run/format.h"
#include "hir/run/paths.h"
#include "hir/run/run_folder.h"
#include "hir/run/run_lock.h"
#include "hir/supervisor/gpus.h"
#include "hir/supervisor/local_ring.h"

namespace hir {
namespace {

// The GPUs over which the run's workers are spread.
std::vector<std::string> GpusOf(const RunConfig& config) {
  return config.model.device == DeviceChoice::kCpu ? std::vector<std::string>() : VisibleGpus();
}

// Runs a training on a ring, local or not.
class RunOnRing {
 public:
  RunOnRing(const TrainRequest& request, const TrainInputs& inputs, RunObserver& observer,
            const std::function<bool()>& should_stop)
      : request_(request),
        inputs_(inputs),
        observer_(observer),
        should_stop_(should_stop),
        folder_(inputs.config) {}

  // Returns how often services were restarted.
  absl::StatusOr<int> OnLocalRing() {
    if (request_.new_ledger) HIR_RETURN_IF_ERROR(folder_.SetLedgerAside());
    const RunConfig& config = inputs_.config;
    HIR_ASSIGN_OR_RETURN(const std::unique_ptr<LocalRing> ring,
                         LocalRing::Create({.bin_dir = request_.bin_dir,
                                            .run_dir = folder_.path(),
                                            .run = config.name,
                                            .model = config.model.path,
                                            .asynchronous = config.rollout.max_staleness > 0,
                                            .verifier_flags = request_.verifier_flags,
                                            .workers = request_.workers,
                                            .gpus = GpusOf(config),
                                            .learners = request_.learners,
                                            .learner_flags = LearnerFlags(),
                                            .supervisor = {.stop_deadline = absl::Seconds(5)}}));
    observer_.OnRingStarts(absl::StrCat(folder_.path(), "/logs"));
    HIR_RETURN_IF_ERROR(ring->StartLedger(should_stop_));
    // Workers and learner ask replay for the run as soon as they are up, so it is made first.
    HIR_RETURN_IF_ERROR(CreateRunAt(ring->addresses().replay));
    HIR_RETURN_IF_ERROR(ring->StartWorkers(should_stop_));
    HIR_RETURN_IF_ERROR(Train(
        ring->addresses(), [&ring] { return ring->Health(); },
        [&ring] { return ring->TakeNews(); }));
    return ring->restarts();
  }

  absl::Status OnRunningRing() {
    HIR_RETURN_IF_ERROR(CreateRunAt(request_.connect.replay));
    // The health of these services is their operator's concern; calls are repeated in the meantime.
    return Train(
        request_.connect, [] { return absl::OkStatus(); }, nullptr);
  }

  // Why the run ended before its last step; empty = it did not.
  const std::string& stopped_early() const { return stopped_early_; }

 private:
  std::vector<std::string> LearnerFlags() const {
    std::vector<std::string> flags;
    if (request_.new_ledger) flags.push_back("--new-ledger");
    if (!request_.skip_steps.empty()) {
      flags.push_back(absl::StrCat("--skip-step=", absl::StrJoin(request_.skip_steps, ",")));
    }
    return flags;
  }

  // Makes the run in replay, unless it is there.
  absl::Status CreateRunAt(const std::string& replay) {
    HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing({.replay = replay}, request_.tls));
    ReplayClient client(*stubs.replay, inputs_.config.name, should_stop_);
    HIR_ASSIGN_OR_RETURN(const bool created, client.CreateRun(ToYaml(inputs_.config)));
    return created ? CheckLedgerWasNotLost() : absl::OkStatus();
  }

  // FAILED_PRECONDITION: the ledger knew nothing of a run that has trained steps.
  absl::Status CheckLedgerWasNotLost() const {
    const bool afresh = inputs_.config.checkpoint.resume == Resume::kOff;
    if (request_.new_ledger || afresh) return absl::OkStatus();
    HIR_ASSIGN_OR_RETURN(const int64_t trained, folder_.StepsTrained());
    const std::string checkpoint = folder_.NewestCheckpoint();
    if (trained == 0 && checkpoint.empty()) return absl::OkStatus();
    const std::string ledger = request_.is_local()
                                   ? LedgerFolder(folder_.path())
                                   : absl::StrCat("replay at ", request_.connect.replay);
    const bool resumable = !checkpoint.empty() || !request_.is_local();
    return absl::FailedPreconditionError(
        absl::StrCat("the ledger of run ", inputs_.config.name, " is lost: ", ledger,
                     " knows nothing of it, but ", folder_.path(), " has ", trained,
                     " trained steps; give the ledger back, ",
                     resumable ? "go on from the newest checkpoint with --new-ledger, " : "",
                     "or remove ", folder_.path(), " to start afresh."));
  }

  absl::Status Train(const RingAddresses& addresses, std::function<absl::Status()> health,
                     std::function<std::vector<std::string>()> news) {
    HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing(addresses, request_.tls));
    std::function<absl::StatusOr<RingStubs>(const RingAddresses&)> connect;
    if (addresses.rollouts.empty()) {
      connect = [this](const RingAddresses& found) { return ConnectRing(found, request_.tls); };
    }
    Training training({.config = inputs_.config,
                       .train = inputs_.train.records,
                       .train_files = inputs_.train.files,
                       .suites = inputs_.suites,
                       .should_stop = should_stop_,
                       .health = std::move(health),
                       .news = std::move(news),
                       .new_ledger = request_.new_ledger,
                       .save_metrics = !request_.is_local(),
                       .connect = std::move(connect)},
                      stubs, observer_);
    const absl::Status status = training.Run();
    stopped_early_ = training.stopped_early();
    // A file that is lost during training is not bad input.
    return absl::IsNotFound(status) ? absl::FailedPreconditionError(status.message()) : status;
  }

  const TrainRequest& request_;
  const TrainInputs& inputs_;
  RunObserver& observer_;
  const std::function<bool()>& should_stop_;
  const RunFolder folder_;
  std::string stopped_early_;
};

// What training changed, in words; empty without evaluations before and after it.
std::string Compare(const RunFolder& folder) {
  const std::set<int64_t> evaluated = folder.EvaluatedSteps();
  const int64_t last_step = evaluated.empty() ? 0 : *evaluated.rbegin();
  if (last_step == 0 || !folder.HasEvaluation(0) || !folder.HasEvaluation(last_step)) return "";
  const absl::StatusOr<Comparison> comparison = CompareEvaluations(folder, 0, last_step);
  const absl::Status status =
      comparison.ok() ? folder.SaveComparison(*comparison) : comparison.status();
  // A damaged record of an evaluation does not make the training fail.
  return status.ok() ? Describe(*comparison) : absl::StrCat("no comparison: ", status.message());
}

}  // namespace

std::string DescribeWorkers(const TrainRequest& request, const RunConfig& config) {
  const RolloutWorkers& workers = request.workers;
  const std::vector<PlacedWorker> placed = PlaceWorkers(workers, GpusOf(config), "");
  std::vector<std::string> each;
  for (size_t i = 0; i < placed.size(); ++i) {
    each.push_back(placed[i].name);
    if (!placed[i].gpu.empty()) absl::StrAppend(&each.back(), " on GPU ", placed[i].gpu);
    if (!workers.engine_urls.empty()) {
      absl::StrAppend(&each.back(), " with vLLM at ", workers.engine_urls[i]);
    }
  }
  return absl::StrCat(
      placed.size(),
      placed.size() == 1 ? " rollout worker: " : " rollout workers: ", absl::StrJoin(each, ", "));
}

absl::Status CheckTrainRun(const TrainRequest& request, const TrainInputs& inputs) {
  const RunFolder folder(inputs.config);
  HIR_RETURN_IF_ERROR(CheckRunFormat(folder.path()));
  // A learner elsewhere has its checkpoints elsewhere.
  if (!request.new_ledger || !request.is_local()) return absl::OkStatus();
  // A learner without a checkpoint would have no step to report before the first task.
  if (!folder.NewestCheckpoint().empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(folder.path(), " has no checkpoint to go on from; leave out --new-ledger."));
}

absl::StatusOr<TrainResult> TrainRun(const TrainRequest& request, const TrainInputs& inputs,
                                     RunObserver& observer,
                                     const std::function<bool()>& should_stop) {
  HIR_RETURN_IF_ERROR(CheckTrainRun(request, inputs));
  const RunFolder folder(inputs.config);
  HIR_ASSIGN_OR_RETURN(const auto lock, LockRun(inputs.config.name, folder.path()));
  HIR_RETURN_IF_ERROR(folder.SaveConfig(inputs.config));
  TrainResult result;
  RunOnRing run(request, inputs, observer, should_stop);
  if (request.is_local()) {
    HIR_ASSIGN_OR_RETURN(result.restarts, run.OnLocalRing());
  } else {
    HIR_RETURN_IF_ERROR(run.OnRunningRing());
  }
  if (should_stop()) return absl::CancelledError("interrupted.");
  result.stopped_early = run.stopped_early();
  result.comparison = Compare(folder);
  HIR_ASSIGN_OR_RETURN(result.report, WriteReport(folder.path()));
  result.checkpoint = folder.NewestCheckpoint();
  result.best = folder.BestCheckpoint();
  return result;
}

}  // namespace hir
