#include "services/rollout/actor.h"

#include <algorithm>
#include <utility>

#include "hir/base/log.h"

namespace hir {

Actor::Actor(const ActorDependencies& dependencies, const RunConfig& config,
             const ActorOptions& options, WeightsFetcher fetch)
    : run_(options.run),
      clock_(dependencies.clock),
      loop_(dependencies.replay, dependencies.engine, dependencies.tokenizer, dependencies.metrics,
            dependencies.clock, config, options, std::move(fetch)),
      sender_(
          dependencies.verifier, {.run = options.run, .worker = options.worker},
          dependencies.metrics,
          [this](const common::v1::SampleId& id) { loop_.OnAcknowledged(id); },
          [this](const common::v1::SampleId& id, const std::string& why) {
            loop_.OnRefused(id, why);
          }) {
  loop_.SetSender(&sender_);
  sender_.Start();
  loop_.Start();
}

Actor::~Actor() {
  loop_.Stop();
  sender_.Stop();
}

void Actor::Drain(absl::Duration timeout) {
  const absl::Time deadline = clock_.Now() + timeout;
  const auto left = [&] { return std::max(absl::ZeroDuration(), deadline - clock_.Now()); };
  loop_.StopLeasing(left());
  loop_.AwaitMade(left());
  sender_.AwaitEmpty(left());
  Log(Severity::kInfo, "drained",
      {{"run", run_}, {"unmade", loop_.unmade()}, {"unacknowledged", sender_.unacknowledged()}});
}

}  // namespace hir
