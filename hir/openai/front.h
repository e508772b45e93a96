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
//   GET  /health                200 when the worker answers and is not told to stop, else 503
// over plain HTTP. 64 completions run at once, more are answered 429. A body is at most 1 MiB. A client
// that leaves a stream ends its generation; one that waits for a whole answer is not missed before
// that is made. Thread-safe.
class OpenAiFront {
 public:
  // `address`: HOST:PORT, see WebServerAddress(); port 0 takes a free one. `model`: what clients call
  // it. INVALID_ARGUMENT: not an address. UNAVAILABLE: the port is taken.
  static absl::StatusOr<std::unique_ptr<OpenAiFront>> Start(
      const std::string& address, const std::string& model,
      std::shared_ptr<rollout::v1::Rollout::StubInterface> worker);
  // Waits for requests that run: let the worker end them before.
  ~OpenAiFront();

  int port() const { return port_; }
  // From now on /health answers 503.
  void SetStopping() { stopping_ = true; }

 private:
  OpenAiFront(std::string model, std::shared_ptr<rollout::v1::Rollout::StubInterface> worker);

  absl::Status Complete(mg_connection* connection);
  absl::Status ListModels(mg_connection* connection);
  absl::Status Health(mg_connection* connection);

  const std::string model_;
  const std::shared_ptr<rollout::v1::Rollout::StubInterface> worker_;
  const uint64_t random_seed_;
  std::atomic<uint64_t> requests_ = 0;
  std::atomic<int> running_ = 0;  // Completions.
  std::atomic<bool> stopping_ = false;
  mg_context* context_ = nullptr;
  int port_ = 0;
};

}  // namespace hir

#endif  // HIR_OPENAI_FRONT_H_
