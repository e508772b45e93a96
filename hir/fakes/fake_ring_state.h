// What the fakes of one ring share, and how a test scripts them.
#ifndef HIR_FAKES_FAKE_RING_STATE_H_
#define HIR_FAKES_FAKE_RING_STATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// rollout.train_batch_size of the runs that the fakes know.
inline constexpr int kFakeTasksPerStep = 2;

struct FakeRingState {
  absl::Mutex mutex;
  int64_t total_steps ABSL_GUARDED_BY(mutex) = 0;
  int64_t version ABSL_GUARDED_BY(mutex) = 0;     // Of the newest weights.
  int64_t checkpoint ABSL_GUARDED_BY(mutex) = 0;  // Newest committed version.
  // The step of the learner's checkpoint, reported first.
  int64_t restored ABSL_GUARDED_BY(mutex) = 0;
  std::vector<replay::v1::Task> tasks ABSL_GUARDED_BY(mutex);
  std::vector<int64_t> evaluated ABSL_GUARDED_BY(mutex);  // Version of every Generate call.
  int broken_streams ABSL_GUARDED_BY(mutex) = 0;          // Watch calls to break after one report.
  std::vector<int64_t> marked_best ABSL_GUARDED_BY(mutex);  // Step of every MarkBest call.
  // Generate calls after that of version 0 that a worker started again answers with version 0.
  int stale_answers ABSL_GUARDED_BY(mutex) = 0;
  int deaths ABSL_GUARDED_BY(mutex) = 0;              // Generate calls to break after one answer.
  bool silent_worker ABSL_GUARDED_BY(mutex) = false;  // Generate says nothing until cancelled.
  bool asked ABSL_GUARDED_BY(mutex) = false;          // Generate was called.
  int broken_reads ABSL_GUARDED_BY(mutex) = 0;        // ReadStep calls to fail.
  int puts_to_lose ABSL_GUARDED_BY(mutex) = 0;        // PutTasks calls to forget.
  std::vector<std::string> workers ABSL_GUARDED_BY(mutex);  // Addresses that ListWorkers gives.
  // ListWorkers calls to answer without workers.
  int calls_before_workers ABSL_GUARDED_BY(mutex) = 0;
  bool lost_run ABSL_GUARDED_BY(mutex) = false;  // GetProgress knows no run.
  std::string warning ABSL_GUARDED_BY(mutex);    // Of every report; empty = none.

  // The last step that has tasks.
  int64_t StepsPut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return tasks.empty() ? restored : tasks.back().step();
  }
};

}  // namespace hir

#endif  // HIR_FAKES_FAKE_RING_STATE_H_
