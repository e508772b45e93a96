#include "services/learner/weights_publisher.h"

#include <utility>

#include "hir/base/log.h"

namespace hir {

PushingPublisher::~PushingPublisher() {
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
  for (const std::string& worker : workers) {
    auto& mailbox = mailboxes_[worker];
    if (mailbox == nullptr) {
      mailbox = std::make_unique<Mailbox>();
      mailbox->thread = std::thread([this, worker, box = mailbox.get()] { Deliver(worker, *box); });
    }
    mailbox->pending = weights;
  }
}

NewestWeights PushingPublisher::Take(Mailbox& mailbox, grpc::ClientContext& context) {
  absl::MutexLock lock(&mutex_);
  const auto ready = [&] {
    mutex_.AssertReaderHeld();
    return stopping_ || mailbox.pending.weights != nullptr;
  };
  mutex_.Await(absl::Condition(&ready));
  if (stopping_) return {};
  mailbox.context = &context;
  return std::exchange(mailbox.pending, {});
}

bool PushingPublisher::Release(Mailbox& mailbox) {
  absl::MutexLock lock(&mutex_);
  mailbox.context = nullptr;
  return !stopping_;
}

void PushingPublisher::Deliver(const std::string& worker, Mailbox& mailbox) {
  while (true) {
    grpc::ClientContext context;
    const NewestWeights weights = Take(mailbox, context);
    if (weights.weights == nullptr) return;
    const absl::Status status = push_(worker, weights, context);
    if (!Release(mailbox)) return;
    if (!status.ok()) {
      Log(Severity::kWarning, "weights did not reach a worker; it will fetch them itself",
          {{"run", weights.version.run},
           {"worker", worker},
           {"version", weights.version.version},
           {"reason", std::string(status.message())}});
    }
  }
}

}  // namespace hir
