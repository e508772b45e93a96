// An HTTP server that gives a rollout worker the face of OpenAI's interface.
#ifndef HIR_OPENAI_FRONT_H_
#define HIR_OPENAI_FRONT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"

struct mg_connection;
struct mg_context;

namespace hir {

// Serves
//   POST /v1/chat/completions   whole, or as events with "stream": true
//   GET  /v1/models             the model and the weights it has now
//   GET  /health                200 when the worker answers, else 503
// over plain HTTP, 32 requests at once; more wait. A body is at most 1 MiB. A client that leaves a
// stream ends its generation. Thread-safe.
class OpenAiFront {
 public:
  // `address`: IP:PORT; port 0 takes a free one. `model`: what clients call it. INVALID_ARGUMENT or
  // UNAVAILABLE: it can't listen there.
  static absl::StatusOr<std::unique_ptr<OpenAiFront>> Start(
      const std::string& address, const std::string& model,
      std::shared_ptr<rollout::v1::Rollout::StubInterface> worker);
  // Waits for requests that run (let the worker end them before), and some two seconds for the
  // server's threads.
  ~OpenAiFront();

  int port() const { return port_; }

 private:
  OpenAiFront(std::string model, std::shared_ptr<rollout::v1::Rollout::StubInterface> worker);

  absl::Status Complete(mg_connection* connection);
  absl::Status ListModels(mg_connection* connection);
  absl::Status Health(mg_connection* connection);

  const std::string model_;
  const std::shared_ptr<rollout::v1::Rollout::StubInterface> worker_;
  const uint64_t random_seed_;
  std::atomic<uint64_t> requests_ = 0;
  mg_context* context_ = nullptr;
  int port_ = 0;
};

}  // namespace hir

#endif  // HIR_OPENAI_FRONT_H_
