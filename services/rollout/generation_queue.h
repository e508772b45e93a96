// Queues requests between a worker's callers and its engine, with bounds and fair turns.
#ifndef HIR_SERVICES_ROLLOUT_GENERATION_QUEUE_H_
#define HIR_SERVICES_ROLLOUT_GENERATION_QUEUE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/turns.h"
#include "hir/engine/engine.h"
#include "hir/rpc/quota.h"

namespace hir {

// Bounds of a queue.
struct GenerationLimits {
  // Responses in the engine at once, running or waiting. A quarter more than the running ones, so
  // that a finished one is replaced at once. Requests of other callers of the engine (the ring's
  // tasks) wait for at most these.
  int64_t in_engine = 80;
  // Responses requested and not yet made.
  QuotaLimits unmade = {.in_all = 32768, .per_caller = 8192};
};

// Callers take turns: in each turn up to 16 responses to one prompt of a caller begin. A caller's
// own requests are served in order. Thread-safe. Stop the engine before destroying the queue.
class GenerationQueue {
 public:
  // The engine must outlive the queue.
  GenerationQueue(Engine& engine, const GenerationLimits& limits);
  ~GenerationQueue();

  // Like Engine::Submit(). Turns go by `caller`. RESOURCE_EXHAUSTED: too many unmade responses of
  // this caller or of all; the message names the limit.
  absl::StatusOr<uint64_t> Submit(const std::string& caller, GenerationRequest request);
  // Drops the rest of a request. Samples that the engine has end as CANCELLED; there is no callback
  // for the others.
  void Cancel(uint64_t number);

  // Responses not yet passed to the engine.
  int64_t waiting() const;

 private:
  struct Entry {
    std::string caller;
    GenerationRequest request;
    size_t begun = 0;                      // Samples that were passed to the engine.
    size_t open = 0;                       // Samples that have not ended.
    std::vector<uint64_t> engine_numbers;  // Of its pieces.
    bool cancelled = false;
    Quota::Share unmade;
  };
  // A part of a request to submit to the engine.
  struct Piece {
    uint64_t number = 0;  // Of its entry.
    GenerationRequest request;
  };

  void Work();
  bool HasPiece() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  size_t NextSize() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Piece TakePiece() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Submit(Piece piece);
  void Ended(uint64_t number);

  Engine& engine_;
  const int64_t in_engine_limit_;
  Quota unmade_;
  mutable absl::Mutex mutex_;
  std::map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // By number, until all has ended.
  Turns<uint64_t> turns_ ABSL_GUARDED_BY(mutex_);  // Entries with samples that have not begun.
  int64_t in_engine_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t numbers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_GENERATION_QUEUE_H_
