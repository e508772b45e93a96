// Drives one run on a running ring: puts tasks, saves records, evaluates and reports progress.
#ifndef HIR_DRIVER_TRAINING_H_
#define HIR_DRIVER_TRAINING_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/clock.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_addresses.h"
#include "hir/client/ring_client.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/driver/pace.h"
#include "hir/driver/rollout_saver.h"
#include "hir/driver/run_observer.h"
#include "hir/driver/stall_watch.h"
#include "hir/driver/train_data.h"
#include "hir/driver/train_tasks.h"
#include "hir/run/run_folder.h"
#include "hir/run/tensorboard_log.h"

namespace hir {

struct TrainingOptions {
  RunConfig config;
  std::vector<InstructionRecord> train;            // File after file.
  std::vector<FileShare> train_files;              // How many records of `train` each file has.
  std::vector<SuiteRecords> suites;                // Empty = no evaluation.
  std::function<bool()> should_stop;               // Ctrl-C.
  std::function<absl::Status()> health;            // Of the local ring; always OK for another ring.
  std::function<std::vector<std::string>()> news;  // Sentences about its services; may be null.
  bool new_ledger = false;                         // Empty; the learner goes on from a checkpoint.
  bool save_metrics = false;                       // The learner's run folder is not ours.
  // Connects to workers. Called before each evaluation with the addresses of those that work for
  // the run, as replay lists them. Null = `stubs` has the workers that evaluate.
  std::function<absl::StatusOr<RingStubs>(const RingAddresses&)> connect = nullptr;
};

// Not thread-safe. An interrupted run continues with the state of the ledger.
class Training {
 public:
  // `stubs` and `observer` must outlive this. REQUIRES: all four stubs are set, but for workers
  // with `connect`, and the run exists in replay.
  Training(TrainingOptions options, RingStubs& stubs, RunObserver& observer);

  // Blocks until the run is complete and its last evaluation is done. CANCELLED: should_stop.
  absl::Status Run();

  // Why the run ended before learner.total_steps, in a sentence; empty = it did not.
  const std::string& stopped_early() const { return stopped_early_; }

 private:
  // Whether an evaluation by `suite` after `step` is due and not on disk.
  bool Lacks(const EvalSuite& suite, int64_t step) const;
  bool LacksEvaluation(int64_t step) const;
  // Last step of the block between two evaluations that contains `step`.
  int64_t BlockEnd(int64_t step) const;
  absl::Status PutTasksUpTo(int64_t step);
  // The step of the checkpoint with which the learner started, from its first report. Blocks.
  absl::StatusOr<int64_t> RestoredStep();
  // Takes steps as they end, until the run is complete.
  absl::Status Follow(int64_t resumed_from);
  // Whether the ledger has the last step's checkpoint.
  bool Complete();
  // While no step ends: reports progress, puts tasks again that the ledger has lost, and warns of a
  // stall. FAILED_PRECONDITION: the ledger has lost the run.
  absl::Status Look();
  absl::Status PutLostTasksAgain(const replay::v1::GetProgressResponse& progress);
  // Rollouts and evaluation after `last`, the run's last step.
  absl::Status Finish(int64_t last);
  absl::Status FinishStep(const learner::v1::StepReport& report);
  // Makes the evaluations after `step` that are due and not on disk, and looks at what they say.
  absl::Status EvaluateAt(int64_t step);
  // Connects to the workers that replay lists, once it lists any.
  absl::Status ConnectWorkers(int64_t step);
  absl::Status EvaluateWith(const SuiteRecords& suite, int64_t step);
  // Has the learner keep the best of the checkpoints that were evaluated up to `step`, and ends the
  // run when the best is eval.patience evaluations old.
  absl::Status LookForBest(int64_t step);
  absl::Status MarkBest(int64_t step);
  // Waits until the rollout worker serves weights of `version`. CANCELLED: `over` returned true.
  // Thread-safe.
  absl::Status WaitForWeights(size_t worker, int64_t version, const std::function<bool()>& over);
  // Reports news of the ring; an error if the run can't continue. Thread-safe.
  absl::Status Check();
  absl::Duration LeftAt(int64_t step) const;

  const TrainingOptions options_;
  RingStubs& stubs_;
  RunObserver& observer_;
  absl::Mutex telling_;  // An evaluation tells the observer from several threads.
  ReplayClient replay_;
  const RunFolder folder_;
  TensorBoardLog tensorboard_;
  RolloutSaver rollouts_;
  RealClock clock_;
  std::vector<size_t> order_;
  int64_t tasks_put_to_ = 0;         // Last step whose tasks are put.
  int64_t reported_to_ = 0;          // Reports of the learner up to this step are ignored.
  std::string stopped_early_;        // See stopped_early().
  int64_t last_step_ = 0;            // learner.total_steps, unless the run stops early.
  int64_t marked_best_ = 0;          // The step of the last MarkBest(); 0 = none.
  int64_t ledger_begins_after_ = 0;  // The steps up to this one were in a ledger that is lost.
  StallWatch stall_;
  Pace pace_;              // Since the start of this command.
  absl::Time step_start_;  // When the running step began.
};

}  // namespace hir

#endif  // HIR_DRIVER_TRAINING_H_
