#include "services/replay/task_match.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/response.h"
#include "hir/domain/wire/response.h"
#include "services/replay/validation.h"

namespace hir {
namespace {

using common::v1::Response;

absl::Status Refuse(const Response& response, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(NameOf(response), " ", what));
}

absl::Status CheckPrompt(const Response& response, const replay::v1::LeasedTask& task) {
  if (response.instruction().SerializeAsString() != task.task().instruction().SerializeAsString()) {
    return Refuse(response, "has another instruction than its task");
  }
  if (!std::equal(response.prompt_token_ids().begin(), response.prompt_token_ids().end(),
                  task.prompt_token_ids().begin(), task.prompt_token_ids().end())) {
    return Refuse(response, "has other prompt_token_ids than its task");
  }
  return absl::OkStatus();
}

absl::Status CheckTokens(const Response& response, const RunConfig& config,
                         const ModelLimits& limits) {
  for (const int32_t token : response.token_ids()) {
    if (token >= 0 && token < limits.vocabulary) continue;
    return Refuse(response, absl::StrCat("has token ", token, ", outside [0, ", limits.vocabulary,
                                         ") of the model's vocabulary"));
  }
  const int64_t tokens = response.token_ids_size();
  if (tokens > config.rollout.max_response_tokens) {
    return Refuse(response, absl::StrCat("has ", tokens, " token_ids, but ",
                                         "rollout.max_response_tokens is ",
                                         config.rollout.max_response_tokens));
  }
  const int64_t all = response.prompt_token_ids_size() + tokens;
  if (all > limits.context) {
    return Refuse(response, absl::StrCat("has ", all, " tokens with its prompt, but the model's ",
                                         "context is ", limits.context));
  }
  return absl::OkStatus();
}

// The text is judged and the tokens are trained, so they must match.
absl::Status CheckText(const Response& response, const RunConfig& config,
                       const ResponseDecoder& decoder) {
  if (response.text() == decoder.Decode(config, response.token_ids())) return absl::OkStatus();
  return Refuse(response, "has another text than its token_ids make");
}

absl::Status CheckEntropy(const Response& response, const RunConfig& config,
                          const ModelLimits& limits) {
  const EntropySource source = FromProto(response.entropy_source());
  if (source != config.hindsight.entropy_source) {
    return Refuse(response, absl::StrCat("has an entropy that is ", WordOf(source),
                                         ", but hindsight.entropy_source is ",
                                         WordOf(config.hindsight.entropy_source)));
  }
  const double mean = response.entropy_mean_nats();
  if (source == EntropySource::kSampled) {
    const auto& logprobs = response.logprobs();
    const double sampled = SampledEntropy({logprobs.data(), static_cast<size_t>(logprobs.size())});
    if (std::abs(mean - sampled) <= kRounding) return absl::OkStatus();
    return Refuse(response, absl::StrCat("has entropy ", mean, "; its logprobs make ", sampled));
  }
  const double most = std::log(static_cast<double>(limits.vocabulary));
  if (mean > most + kRounding) {
    return Refuse(response, absl::StrCat("has entropy ", mean, "; the vocabulary admits ", most));
  }
  return absl::OkStatus();
}

absl::Status CheckSampling(const Response& response, const RunConfig& config) {
  const common::v1::SamplingSettings& s = response.sampling();
  const RolloutConfig& run = config.rollout;
  if (s.temperature() == run.temperature && s.top_p() == run.top_p && s.top_k() == run.top_k &&
      s.max_response_tokens() == run.max_response_tokens && s.seed() == config.seed) {
    return absl::OkStatus();
  }
  return Refuse(response, "was sampled with other settings than its run's");
}

// Checkers see only the text after this mark, so it must be the one that the prompt awaits.
absl::Status CheckReasoningMark(const Response& response, const RunConfig& config,
                                const ResponseDecoder& decoder) {
  const std::string& mark = response.reasoning_end();
  const std::string awaited = decoder.AwaitedMark(config, response.prompt_token_ids());
  if (mark == awaited) return absl::OkStatus();
  return Refuse(response, absl::StrCat("names reasoning_end \"", absl::CHexEscape(mark),
                                       "\", but in its run its prompt awaits \"", awaited, "\""));
}

// Whether the weights may be missing in the ledger: those of no learner (the model folder as
// given), and those that the newest learner is about to record, since workers may fetch weights
// shortly before they are recorded.
bool MayBeUnknown(const common::v1::WeightsId& weights, const SampleContext& context) {
  if (weights.incarnation() == 0) return weights.version() == 0;
  return weights.incarnation() == context.incarnation &&
         (context.newest.incarnation != weights.incarnation() ||
          context.newest.version < weights.version());
}

absl::Status CheckWeights(const Response& response, const SampleContext& context) {
  for (int i = 0; i < response.versions_size(); ++i) {
    const common::v1::WeightsId& weights = response.versions(i).weights();
    if (weights.run() != response.id().run()) {
      return Refuse(response, "was drawn with weights of another run");
    }
    const std::string name = absl::StrCat("weights of incarnation ", weights.incarnation(),
                                          ", version ", weights.version());
    // The weights of a step are published only after its batch is frozen.
    if (weights.version() < 0 || weights.version() >= response.step()) {
      return Refuse(response,
                    absl::StrCat("is for step ", response.step(), ", but was drawn with ", name));
    }
    const std::string& digest = context.digests[i];
    const bool known = digest.empty() ? MayBeUnknown(weights, context) : digest == weights.digest();
    if (!known) {
      return Refuse(response, absl::StrCat("was drawn with ", name,
                                           ", which were not published in this run"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAgainstTask(const common::v1::ScoredResponse& scored,
                              const Expectation& expected) {
  const common::v1::Response& response = scored.response();
  HIR_RETURN_IF_ERROR(CheckPrompt(response, expected.task));
  HIR_RETURN_IF_ERROR(CheckTokens(response, expected.config, expected.limits));
  HIR_RETURN_IF_ERROR(CheckText(response, expected.config, expected.decoder));
  HIR_RETURN_IF_ERROR(CheckEntropy(response, expected.config, expected.limits));
  HIR_RETURN_IF_ERROR(CheckSampling(response, expected.config));
  HIR_RETURN_IF_ERROR(CheckReasoningMark(response, expected.config, expected.decoder));
  return CheckWeights(response, expected.context);
}

}  // namespace hir
