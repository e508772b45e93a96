// The one HTTP server of everything that listens for HTTP: metrics, dashboard, OpenAI's interface.
#ifndef HIR_BASE_WEB_SERVER_H_
#define HIR_BASE_WEB_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/base/web_exchange.h"

namespace hir {

struct WebServerOptions {
  std::string what;  // The flag to name in errors.
  // A numeric HOST:PORT, or localhost:PORT, which is 127.0.0.1; port 0 takes a free one.
  std::string address;
  int threads = 1;  // Handlers at once; further requests wait.
  size_t max_body_bytes = 64 << 10;
  // Open at once. One more closes the oldest that no handler works for.
  size_t max_connections = 256;
  // From the connection to the end of the request: silent and slow clients are closed.
  absl::Duration request_deadline = absl::Seconds(10);
  // For a client that takes nothing of its answer.
  absl::Duration write_deadline = absl::Seconds(10);
};

// Speaks HTTP/1.1 without encryption, one request a connection. Connections are read and written by
// one thread that never blocks; a request takes a handler's thread once it is whole, and a document
// that was sent takes none: clients that are silent, slow or many hold up nobody. Thread-safe.
class WebServer {
 public:
  // INVALID_ARGUMENT: not such an address. UNAVAILABLE: nothing can listen there. Both name
  // `options.what`.
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(WebServerOptions options,
                                                          WebHandler handler);
  // Waits for the handlers that run.
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  int port() const;

 private:
  class Impl;
  explicit WebServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace hir

#endif  // HIR_BASE_WEB_SERVER_H_
