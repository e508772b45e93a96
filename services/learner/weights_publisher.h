// Sends new weights to the rollout workers without ever waiting for them.
#ifndef HIR_SERVICES_LEARNER_WEIGHTS_PUBLISHER_H_
#define HIR_SERVICES_LEARNER_WEIGHTS_PUBLISHER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/client_context.h"
#include "services/learner/learner_outbox.h"

namespace hir {

// Publishes the weights of a step. An interface, so that tests can record what was published. The
// weights are shared with the transfers, which continue after Publish() has returned.
class WeightsPublisher {
 public:
  virtual ~WeightsPublisher() = default;
  // Starts to send `weights` to each of `workers`, the complete list of workers. Does not block.
  virtual void Publish(const NewestWeights& weights, const std::vector<std::string>& workers) = 0;
};

// Has one thread per worker, which always sends the newest published weights: a slow worker skips
// versions, and an unreachable one does not delay the others. The thread of a worker that is not in
// the last Publish() ends. An unreachable worker fetches the weights itself when replay tells it
// to. Thread-safe; the destructor cancels running transfers.
class PushingPublisher : public WeightsPublisher {
 public:
  // Sends to one worker in one call with `context`, whose deadline it sets. Blocks until the call
  // has ended; another thread may call TryCancel().
  using Push = std::function<absl::Status(const std::string& worker, const NewestWeights& weights,
                                          grpc::ClientContext& context)>;

  // `push` may be called on many threads at once.
  explicit PushingPublisher(Push push) : push_(std::move(push)) {}
  ~PushingPublisher() override;

  void Publish(const NewestWeights& weights, const std::vector<std::string>& workers) override;

 private:
  // State of one worker. Its thread uses it, so it is removed from the map only after the thread
  // has ended.
  struct Mailbox {
    NewestWeights pending;                   // Null weights = nothing to send.
    grpc::ClientContext* context = nullptr;  // The context of the running transfer.
    bool named = true;                       // Whether the last Publish() named the worker.
    bool ended = false;                      // The thread is about to return.
    std::thread thread;
  };
  // Stops the threads of workers that are not in `workers`, and removes those that have ended.
  void DropUnnamed(const std::vector<std::string>& workers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Deliver(const std::string& worker, Mailbox& mailbox);
  // Waits for weights to send with `context`; null weights mean that the thread must end.
  NewestWeights Take(Mailbox& mailbox, grpc::ClientContext& context);
  // Ends a transfer; false if its result no longer matters.
  bool Release(Mailbox& mailbox);

  const Push push_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::unique_ptr<Mailbox>> mailboxes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_WEIGHTS_PUBLISHER_H_
