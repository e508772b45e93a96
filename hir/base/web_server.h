// What the servers that are built on the embedded web server (CivetWeb) need beside it.
#ifndef HIR_BASE_WEB_SERVER_H_
#define HIR_BASE_WEB_SERVER_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct mg_connection;
struct mg_context;

namespace hir {

// One place to listen at, as the embedded web server takes it: a numeric HOST:PORT. "localhost" is
// 127.0.0.1; it knows no other name, and more than one place would not be noticed.
// INVALID_ARGUMENT: not HOST:PORT, or another name; the message begins with `what`.
absl::StatusOr<std::string> WebServerAddress(const std::string& what, const std::string& address);

// Starts the embedded web server at `address`, with that many threads and no handler but those that
// are then set. `what` names the flag in errors. INVALID_ARGUMENT: WebServerAddress(). UNAVAILABLE:
// nothing can listen there. The context ends by mg_stop() within StopWebServer().
absl::StatusOr<mg_context*> StartWebServer(const std::string& what, const std::string& address,
                                           int threads);

// The port it listens on.
int WebServerPort(const mg_context* context);

// Answers with a whole document. `headers` are more lines, each with its line end. Returns `code`.
int SendDocument(mg_connection* connection, int code, const std::string& content_type,
                 std::string_view body, const std::string& headers = "");

// Why nothing can listen there: the embedded web server does not say. REQUIRES: `address` is of
// WebServerAddress().
std::string ListenProblem(const std::string& address);

// Runs `stop`, which stops the embedded web server that listens on `port` of this machine. That
// looks only every two seconds whether it shall end, or when someone calls: this calls.
void StopWebServer(int port, const std::function<void()>& stop);

}  // namespace hir

#endif  // HIR_BASE_WEB_SERVER_H_
