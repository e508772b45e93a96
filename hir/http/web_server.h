// The HTTP server that everything uses: metrics, dashboard, OpenAI's interface.
#ifndef HIR_HTTP_WEB_SERVER_H_
#define HIR_HTTP_WEB_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/http/web_exchange.h"

namespace hir {

// Where to listen, and the limits that keep slow or many clients harmless.
struct WebServerOptions {
  std::string what;  // The flag to name in errors.
  // A numeric HOST:PORT, or localhost:PORT, which is 127.0.0.1; port 0 takes a free one.
  std::string address;
  int threads = 1;  // Handlers that run at once; further requests wait.
  size_t max_body_bytes = 64 << 10;
  // Open connections. A further one closes the oldest that has no handler at work.
  size_t max_connections = 256;
  // From connecting to the end of the request; slower clients are disconnected.
  absl::Duration request_deadline = absl::Seconds(10);
  // How long a client may take nothing of its answer.
  absl::Duration write_deadline = absl::Seconds(10);
};

// Speaks HTTP/1.1 without encryption, one request per connection. One thread that never blocks
// reads and writes all connections; a request occupies a handler's thread only once it is complete,
// and a document being sent occupies none, so clients that are silent, slow or many do not delay
// others. Thread-safe.
class WebServer {
 public:
  // INVALID_ARGUMENT: `options.address` is not of that form. UNAVAILABLE: nothing can listen there.
  // Both name `options.what`.
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(WebServerOptions options,
                                                          WebHandler handler);
  // Waits for running handlers.
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

#endif  // HIR_HTTP_WEB_SERVER_H_
