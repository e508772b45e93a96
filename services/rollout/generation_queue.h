// Between those who ask a worker for responses and its engine: bounds, and turns.
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
#include "hir/generate/engine.h"
#include "hir/rpc/quota.h"

namespace hir {

struct GenerationLimits {
  // Responses that the engine has at once, running or waiting. A quarter more than run together, so
  // that one that ends is followed at once; what comes from elsewhere (the ring's tasks) waits for
  // no more than these.
  int64_t in_engine = 80;
  // Responses asked for and not made.
  QuotaLimits unmade = {.in_all = 32768, .per_caller = 8192};
};

// Callers take turns: each has up to 16 responses to one prompt begun, then the next one; a
// caller's own requests are first come, first served. Thread-safe. Stop the engine before the queue
// dies.
class GenerationQueue {
 public:
  // The engine outlives the queue.
  GenerationQueue(Engine& engine, const GenerationLimits& limits);
  ~GenerationQueue();

  // As Engine::Submit(). `caller`: who is to have turns of its own. RESOURCE_EXHAUSTED: it, or all,
  // have too much unmade; the message names the bound.
  absl::StatusOr<uint64_t> Submit(const std::string& caller, GenerationRequest request);
  // Drops what is left of a request. What the engine has ends as CANCELLED, of the rest nothing is
  // told.
  void Cancel(uint64_t number);

  // Responses that the engine has not got yet.
  int64_t waiting() const;

 private:
  struct Entry {
    std::string caller;
    GenerationRequest request;
    size_t begun = 0;                      // Of its samples; the engine has or had them.
    size_t open = 0;                       // Samples that have not ended.
    std::vector<uint64_t> engine_numbers;  // Of its pieces.
    bool cancelled = false;
    Quota::Share unmade;
  };
  // A piece that is to be submitted.
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
  Turns<uint64_t> turns_ ABSL_GUARDED_BY(mutex_);  // Of entries with samples that are not begun.
  int64_t in_engine_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t numbers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_GENERATION_QUEUE_H_
