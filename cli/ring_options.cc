#include "cli/ring_options.h"

namespace hir {

void AddTlsOptions(Options& options, TlsFiles& tls) {
  options.Text("tls-cert", &tls.certificate, "PEM certificate of this client");
  options.Text("tls-key", &tls.key, "PEM key of the certificate");
  options.Text("tls-ca", &tls.ca, "PEM authority of the services");
}

void AddRingOptions(Options& options, RingAddresses& ring, TlsFiles& tls) {
  options.Text("connect", &ring.replay, "HOST:PORT of hir-replay");
  options.Text("verifier", &ring.verifier, "HOST:PORT of hir-verifier");
  options.List("rollout", &ring.rollouts, "HOST:PORT of each hir-rollout; all of them evaluate");
  options.Text("learner", &ring.learner, "HOST:PORT of hir-learner's rank 0");
  AddTlsOptions(options, tls);
}

absl::StatusOr<bool> NamesWholeRing(const RingAddresses& ring) {
  const int given = !ring.replay.empty() + !ring.verifier.empty() + !ring.rollouts.empty() +
                    !ring.learner.empty();
  if (given == 0 || given == 4) return given == 4;
  return absl::InvalidArgumentError(
      "a running ring needs all of --connect, --verifier, --rollout and --learner.");
}

}  // namespace hir
