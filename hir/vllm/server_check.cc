#include "hir/vllm/server_check.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/vllm/model_structure.h"

namespace hir {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(250);

absl::Status WithAdvice(const absl::Status& status, const std::string& advice) {
  return absl::Status(status.code(), absl::StrCat(status.message(), "; ", advice));
}

// What answers, but not as it must, will not do so after a restart either.
absl::Status ForGood(const absl::Status& status) {
  if (!absl::IsNotFound(status) && !absl::IsPermissionDenied(status)) return status;
  return absl::FailedPreconditionError(status.message());
}

absl::StatusOr<VllmModel> FindModel(VllmClient& client) {
  absl::StatusOr<VllmModel> model = client.Model();
  if (model.ok()) return model;
  const absl::Status status = ForGood(model.status());
  if (absl::IsPermissionDenied(model.status())) return status;  // Says what to do itself.
  return WithAdvice(status, "--engine-url must be the address of a running vLLM server");
}

absl::Status MakeReady(VllmClient& client) {
  const absl::StatusOr<bool> paused = client.IsPaused();
  if (absl::IsNotFound(paused.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("vLLM at ", client.url(), " is not in development mode, without which its ",
                     "weights can't be replaced; start it with VLLM_SERVER_DEV_MODE=1"));
  }
  if (!paused.ok()) return ForGood(paused.status());
  return *paused ? client.Resume() : absl::OkStatus();
}

// Sets the interface and checks that the model has all tokens of the vocabulary and no others.
absl::Status CheckVocabulary(VllmEndpoint& endpoint, int64_t vocabulary) {
  VllmClient& client = *endpoint.client;
  const std::string& model = endpoint.model.name;
  absl::StatusOr<bool> last = client.KnowsToken(endpoint.api, model, vocabulary - 1);
  if (absl::IsNotFound(last.status()) || absl::IsPermissionDenied(last.status())) {
    endpoint.api = VllmApi::kCompletions;
    last = client.KnowsToken(endpoint.api, model, vocabulary - 1);
  }
  if (!last.ok()) return ForGood(last.status());
  HIR_ASSIGN_OR_RETURN(const bool one_more, client.KnowsToken(endpoint.api, model, vocabulary));
  if (*last && !one_more) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the model \"", model, "\" of vLLM at ", client.url(), " has ", *last ? "more" : "less",
      " than the ", vocabulary, " tokens of this worker's --model; serve that model there"));
}

absl::Status CheckContext(const VllmEndpoint& endpoint, const Architecture& architecture,
                          int64_t most_tokens) {
  const int64_t wanted = std::min(most_tokens, architecture.max_position);
  if (endpoint.model.context == 0 || wanted <= endpoint.model.context) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("vLLM at ", endpoint.client->url(), " takes ", endpoint.model.context,
                   " tokens, but prompt and response of this run may have ", wanted,
                   "; start it with ", "--max-model-len ", wanted,
                   ", or lower rollout.max_response_tokens or ", "rollout.max_prompt_tokens"));
}

absl::Status CheckModel(const VllmEndpoint& endpoint, const Architecture& architecture) {
  const absl::StatusOr<std::string> text = endpoint.client->Inspection();
  // Versions that can't say it are not refused: the first weights and their probe find out.
  if (!text.ok()) return absl::OkStatus();
  const absl::Status same = CheckStructure(ReadStructure(*text), architecture);
  if (same.ok()) return same;
  return absl::Status(same.code(),
                      absl::StrCat("the model \"", endpoint.model.name, "\" of vLLM at ",
                                   endpoint.client->url(), " ", same.message()));
}

}  // namespace

absl::Status AwaitServer(VllmClient& client, const std::function<bool()>& stopped) {
  for (bool said = false; !client.IsUp(); said = true) {
    if (!said) Log(Severity::kInfo, "waiting for the vLLM server", {{"url", client.url()}});
    if (stopped()) return absl::CancelledError("told to stop while waiting for the vLLM server");
    absl::SleepFor(kPoll);
  }
  return absl::OkStatus();
}

absl::StatusOr<VllmEndpoint> CheckServer(VllmClient& client, const Architecture& architecture,
                                         int64_t most_tokens) {
  VllmEndpoint endpoint = {.client = &client, .api = VllmApi::kTokens, .model = {}};
  HIR_ASSIGN_OR_RETURN(endpoint.model, FindModel(client));
  HIR_RETURN_IF_ERROR(MakeReady(client));
  HIR_RETURN_IF_ERROR(CheckContext(endpoint, architecture, most_tokens));
  HIR_RETURN_IF_ERROR(CheckVocabulary(endpoint, architecture.vocab_size));
  HIR_RETURN_IF_ERROR(CheckModel(endpoint, architecture));
  return endpoint;
}

}  // namespace hir
