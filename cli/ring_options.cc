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
  options.List(
      "rollout", &ring.rollouts,
      "HOST:PORT of each hir-rollout; hir train takes those that replay lists if left out");
  options.Text("learner", &ring.learner, "HOST:PORT of hir-learner's rank 0");
  AddTlsOptions(options, tls);
}

absl::StatusOr<bool> NamesRing(const RingAddresses& ring) {
  const int given = !ring.replay.empty() + !ring.verifier.empty() + !ring.learner.empty();
  if (given == 3) return true;
  if (given == 0 && ring.rollouts.empty()) return false;
  return absl::InvalidArgumentError(
      "a running ring needs all of --connect, --verifier and --learner.");
}

}  // namespace hir
