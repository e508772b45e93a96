// Speaks the HTTP protocol of one vLLM server.
//
// Source: vLLM 0.32.0, vllm/entrypoints/rl/online/api_router.py (pausing, weights) and
// vllm/entrypoints/serve/dev/ (rpc, caches), which the server has with VLLM_SERVER_DEV_MODE=1.
#ifndef HIR_VLLM_VLLM_CLIENT_H_
#define HIR_VLLM_VLLM_CLIENT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/engine/engine.h"
#include "hir/http/http_client.h"
#include "hir/vllm/messages.h"

namespace hir {

// How long a server may take.
struct VllmPatience {
  absl::Duration answer = absl::Seconds(60);  // To questions that need no computing.
  // To compute a few tokens, or to send the next piece of a stream: other requests may come first.
  absl::Duration silence = absl::Minutes(10);
};

// Every error is one sentence that names the server. Of all methods, UNAVAILABLE: the server can't
// be reached, is too slow, cuts the connection or answers with a status from 500 on;
// INVALID_ARGUMENT: it refuses the request (400, 413, 422); NOT_FOUND: it does not have the
// function (404, 405); PERMISSION_DENIED: it refuses the key (401), or was not started with the
// function (403); FAILED_PRECONDITION: its answer is not what this protocol expects.
// Thread-safe.
class VllmClient {
 public:
  // `key`: that of the server's --api-key; empty = none is sent.
  VllmClient(const std::string& url, const std::string& key, const VllmPatience& patience)
      : url_(url), has_key_(!key.empty()), patience_(patience), http_(url, key) {}

  const std::string& url() const { return url_; }

  // Whether the server listens and does not say that it is still loading.
  bool IsUp();
  absl::StatusOr<VllmModel> Model();
  // NOT_FOUND: the server is not in development mode, without which its weights can't be replaced.
  absl::StatusOr<bool> IsPaused();

  // Waits until running requests have ended; later ones wait until Resume(), those for scores too.
  absl::Status Pause(absl::Duration timeout);
  absl::Status Resume();
  // Loads every safetensors file of `folder`, whose path must be the same for the server. After an
  // error the server's weights are undefined.
  absl::Status ReloadWeights(const std::string& folder, absl::Duration timeout);
  // What the server says of its model's modules, in words for people; see ReadStructure().
  absl::StatusOr<std::string> Inspection();
  absl::Status ResetPrefixCache();
  // Names the weights from now on.
  absl::Status SetVersion(const std::string& name);
  absl::StatusOr<std::string> Version();

  // Whether the model's vocabulary has `token`.
  absl::StatusOr<bool> KnowsToken(VllmApi api, const std::string& model, int64_t token);

  // The log-probabilities of `tokens` and of the `top` likeliest ones in place of each, as
  // FinishedResponse::prompt_scores has them. `keep_going` as in Generate(). INVALID_ARGUMENT: also
  // an answer that is too long to be held.
  absl::StatusOr<std::vector<ScoredToken>> Score(VllmApi api, const std::string& model,
                                                 const std::vector<int32_t>& tokens, int top,
                                                 const std::function<bool()>& keep_going);

  // Streams the responses of `request`, each of at most `max_tokens`. Blocks until all have ended.
  // `on_piece` runs on this thread and returns whether to go on; its error is returned.
  // `keep_going` is asked about once per second while nothing arrives. CANCELLED: one of them ended
  // the request. UNAVAILABLE: also a stream that ended before its end.
  absl::Status Generate(VllmApi api, const std::string& model, const GenerationRequest& request,
                        int64_t max_tokens,
                        absl::FunctionRef<absl::StatusOr<bool>(const VllmPiece&)> on_piece,
                        const std::function<bool()>& keep_going);

 private:
  absl::StatusOr<std::string> Get(const std::string& path);
  absl::StatusOr<std::string> Post(const std::string& path, const std::string& json,
                                   absl::Duration timeout);
  // An error whose message begins with the server's URL and `path`.
  absl::Status Named(const std::string& path, const absl::Status& status) const;
  // The error of an answer that is not 200.
  absl::Status Refusal(const std::string& path, const HttpResponse& response) const;

  const std::string url_;
  const bool has_key_;
  const VllmPatience patience_;
  HttpClient http_;
};

}  // namespace hir

#endif  // HIR_VLLM_VLLM_CLIENT_H_
