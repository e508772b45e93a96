#include "hir/vllm/weights_swap.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {

absl::Status CheckProbe(const WeightsProbe& probe, const std::vector<ScoredToken>& scores) {
  const std::vector<float>& expected = probe.log_probabilities;
  double sum = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    sum += std::abs(scores[i + 1].log_probability - expected[i]);
  const double mean = sum / static_cast<double>(expected.size());
  if (mean <= kProbeTolerance) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "its log-probabilities of the probe differ by ", mean,
      " nats on average from the learner's, ", "where rounding makes at most ", kProbeTolerance,
      "; let it serve the run's model, and with the run's model.dtype"));
}

absl::Status ServeWeights(const VllmEndpoint& endpoint, const std::string& folder,
                          const WeightsId& version, const WeightsProbe& probe,
                          absl::Duration timeout) {
  if (probe.log_probabilities.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "weights version ", version.version, " came without a probe, by which a vLLM server is ",
        "proven to serve them; run learner and workers from the same version of HiR"));
  }
  VllmClient& client = *endpoint.client;
  // Also holds back the requests of other programs, which would run with half of the new weights.
  HIR_RETURN_IF_ERROR(client.Pause(timeout));
  if (const absl::Status reloaded = client.ReloadWeights(folder, timeout); !reloaded.ok()) {
    return absl::Status(reloaded.code(),
                        absl::StrCat(reloaded.message(), "; let it serve the run's model, with ",
                                     folder, " readable for it, and start it again"));
  }
  // Keys and values of cached prompts are those of the old weights.
  HIR_RETURN_IF_ERROR(client.ResetPrefixCache());
  // A paused server also holds back the probe.
  HIR_RETURN_IF_ERROR(client.Resume());
  HIR_ASSIGN_OR_RETURN(const std::vector<ScoredToken> scores,
                       client.Score(endpoint.api, endpoint.model.name, probe.tokens, /*top=*/0,
                                    [] { return true; }));
  if (const absl::Status proven = CheckProbe(probe, scores); !proven.ok()) {
    return absl::Status(proven.code(),
                        absl::StrCat("vLLM at ", client.url(), " does not compute with weights ",
                                     "version ", version.version, ": ", proven.message()));
  }
  return client.SetVersion(VersionName(version));
}

}  // namespace hir
