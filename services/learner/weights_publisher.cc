#include "services/learner/weights_publisher.h"

#include <set>
#include <utility>

#include "hir/base/log.h"

namespace hir {

PushingPublisher::~PushingPublisher() {
  // Joined without the lock, which the threads take on their way out.
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (auto& [worker, mailbox] : mailboxes_) {
      if (mailbox->context != nullptr) mailbox->context->TryCancel();
      threads.push_back(std::move(mailbox->thread));
    }
  }
  for (std::thread& thread : threads) thread.join();
}

void PushingPublisher::Publish(const NewestWeights& weights,
                               const std::vector<std::string>& workers) {
  absl::MutexLock lock(&mutex_);
  DropUnnamed(workers);
  for (const std::string& worker : workers) {
    auto& mailbox = mailboxes_[worker];
    if (mailbox == nullptr) {
      mailbox = std::make_unique<Mailbox>();
      mailbox->thread = std::thread([this, worker, box = mailbox.get()] { Deliver(worker, *box); });
    }
    mailbox->named = true;
    // Pending weights that are not being sent are older; a slow worker gets only the newest.
    mailbox->pending = weights;
  }
}

void PushingPublisher::DropUnnamed(const std::vector<std::string>& workers) {
  const std::set<std::string> named(workers.begin(), workers.end());
  for (auto next = mailboxes_.begin(); next != mailboxes_.end();) {
    const auto it = next++;
    Mailbox& mailbox = *it->second;
    if (mailbox.ended) {
      // The thread is already returning, so join() does not wait while the lock is held.
      mailbox.thread.join();
      mailboxes_.erase(it);
    } else if (!named.contains(it->first)) {
      // A thread can't be joined before its transfer has ended; a later call finds it ended. Until
      // then its worker may be named again, and the thread then continues.
      mailbox.named = false;
      if (mailbox.context != nullptr) mailbox.context->TryCancel();
    }
  }
}

NewestWeights PushingPublisher::Take(Mailbox& mailbox, grpc::ClientContext& context) {
  absl::MutexLock lock(&mutex_);
  const auto ready = [&] {
    mutex_.AssertReaderHeld();
    return stopping_ || !mailbox.named || mailbox.pending.weights != nullptr;
  };
  mutex_.Await(absl::Condition(&ready));
  if (stopping_ || !mailbox.named) {
    mailbox.ended = true;
    return {};
  }
  // Set under the same lock as the checks above, so that a stop finds the transfer.
  mailbox.context = &context;
  return std::exchange(mailbox.pending, {});
}

bool PushingPublisher::Release(Mailbox& mailbox) {
  absl::MutexLock lock(&mutex_);
  mailbox.context = nullptr;
  return !stopping_ && mailbox.named;
}

void PushingPublisher::Deliver(const std::string& worker, Mailbox& mailbox) {
  while (true) {
    // A context serves one call; made before there is something to send, so that a TryCancel() that
    // comes before the call has begun ends it too.
    grpc::ClientContext context;
    const NewestWeights weights = Take(mailbox, context);
    if (weights.weights == nullptr) return;
    const absl::Status status = push_(worker, weights, context);
    if (Release(mailbox) && !status.ok()) {
      Log(Severity::kWarning, "weights did not reach a worker; it will fetch them itself",
          {{"run", weights.version.run},
           {"worker", worker},
           {"version", weights.version.version},
           {"reason", std::string(status.message())}});
    }
  }
}

}  // namespace hir
