// The part of a rollout worker that works for a run: leases tasks, generates their responses and
// delivers them.
#ifndef HIR_SERVICES_ROLLOUT_ACTOR_H_
#define HIR_SERVICES_ROLLOUT_ACTOR_H_

#include <string>

#include "absl/time/time.h"
#include "services/rollout/actor_loop.h"
#include "services/rollout/response_sender.h"

namespace hir {

// What an actor works with; all of it must outlive the actor.
struct ActorDependencies {
  ReplayClient& replay;
  verifier::v1::Verifier::StubInterface& verifier;
  Engine& engine;
  const Tokenizer& tokenizer;
  RolloutMetrics& metrics;
  Clock& clock;
};

// Works from construction to destruction. Stop the engine before destroying the actor.
class Actor {
 public:
  Actor(const ActorDependencies& dependencies, const RunConfig& config, const ActorOptions& options,
        WeightsFetcher fetch);
  ~Actor();

  // The engine serves other weights.
  void OnNewWeights() { loop_.OnNewWeights(); }

  // Stops leasing and waits, at most `timeout`, until everything leased is generated and durable.
  void Drain(absl::Duration timeout);

 private:
  const std::string run_;
  Clock& clock_;
  ActorLoop loop_;
  ResponseSender sender_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_ACTOR_H_
