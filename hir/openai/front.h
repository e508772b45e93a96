// An HTTP server that offers a rollout worker's generation through OpenAI's interface.
#ifndef HIR_OPENAI_FRONT_H_
#define HIR_OPENAI_FRONT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/http/web_server.h"
#include "hir/openai/request.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

// Serves
//   POST /v1/chat/completions   whole, or as events with "stream": true
//   POST /v1/completions        likewise
//   GET  /v1/models             a list of one: the model with its current weights
//   GET  /v1/models/NAME        that entry alone
//   GET  /health                200 while the worker runs and is not stopping, else 503
// over plain HTTP. At most 64 completions run at once; others are answered with 429. A body is at
// most 1 MiB. A client that leaves ends its generation. Thread-safe.
//
// The destructor waits for running requests, so let the worker end them before.
class OpenAiFront {
 public:
  // `address`: see WebServerOptions. `model`: the model's name for clients. Errors: those of
  // WebServer::Start() with --http.
  static absl::StatusOr<std::unique_ptr<OpenAiFront>> Start(
      const std::string& address, const std::string& model,
      std::shared_ptr<rollout::v1::Rollout::StubInterface> worker);

  int port() const { return server_->port(); }
  // From now on /health answers 503.
  void SetStopping() { stopping_ = true; }

 private:
  OpenAiFront(std::string model, std::shared_ptr<rollout::v1::Rollout::StubInterface> worker);

  // Parses requests of one of the interfaces.
  using Parser = absl::StatusOr<CompletionRequest> (*)(std::string_view, const RequestContext&);

  absl::Status Answer(const WebRequest& request, WebReply& reply);
  absl::Status Complete(const WebRequest& request, WebReply& reply, Parser parse);
  absl::Status ListModels(WebReply& reply);
  absl::Status ShowModel(const std::string& name, WebReply& reply);
  absl::StatusOr<nlohmann::json> ModelObject();
  absl::Status Health(WebReply& reply);

  const std::string model_;
  const std::shared_ptr<rollout::v1::Rollout::StubInterface> worker_;
  const uint64_t random_seed_;
  const absl::Time started_;
  std::atomic<uint64_t> requests_ = 0;
  std::atomic<int> running_ = 0;  // Completions.
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<WebServer> server_;
};

}  // namespace hir

#endif  // HIR_OPENAI_FRONT_H_
