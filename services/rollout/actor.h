// The part of a rollout worker that belongs to a run: leases tasks, has them made and delivers
// them.
#ifndef HIR_SERVICES_ROLLOUT_ACTOR_H_
#define HIR_SERVICES_ROLLOUT_ACTOR_H_

#include <string>

#include "absl/time/time.h"
#include "services/rollout/actor_loop.h"
#include "services/rollout/response_sender.h"

namespace hir {

// What a worker works with; all of it outlives the actor.
struct ActorDependencies {
  ReplayClient& replay;
  verifier::v1::Verifier::StubInterface& verifier;
  Engine& engine;
  const Tokenizer& tokenizer;
  RolloutMetrics& metrics;
  Clock& clock;
};

// Works from its construction to its end. Stop the engine before the actor dies.
class Actor {
 public:
  Actor(const ActorDependencies& dependencies, const RunConfig& config, const ActorOptions& options,
        WeightsFetcher fetch);
  ~Actor();

  // Leases no more and waits, at most `timeout`, until all that is leased is made and durable.
  void Drain(absl::Duration timeout);

 private:
  const std::string run_;
  Clock& clock_;
  ActorLoop loop_;
  ResponseSender sender_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_ACTOR_H_
