// One connection of the web server; see web_server.h.
#ifndef HIR_HTTP_WEB_CONNECTION_H_
#define HIR_HTTP_WEB_CONNECTION_H_

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "hir/http/web_exchange.h"

namespace hir {

// Reads one request, has it handled and sends the answer. All methods but those of WebReply are
// called on the server's thread. Pending operations keep it alive.
class WebConnection final : public WebReply, public std::enable_shared_from_this<WebConnection> {
 public:
  struct Callbacks {
    // Called when the request is complete; it must have Handle() called on another thread.
    std::function<void(const std::shared_ptr<WebConnection>&)> on_request;
    // Called when the connection is closed.
    std::function<void(WebConnection*)> on_closed;
  };

  // Limits of one connection; see WebServerOptions.
  struct Limits {
    size_t max_body_bytes;
    absl::Duration request_deadline;
    absl::Duration write_deadline;
  };

  WebConnection(boost::asio::ip::tcp::socket socket, const Limits& limits, Callbacks callbacks);

  void Start();
  // Whether a handler has the request or is about to get it.
  bool handling() const { return handling_; }
  // The address of the client, once the request is complete.
  const std::string& client() const { return request_.client; }
  void Close();

  // Runs `handler` on the request. Called on the handler's thread.
  void Handle(const WebHandler& handler);

  void Send(int code, const std::string& content_type, std::string body,
            const std::string& headers) override;
  void Begin(const std::string& content_type, const std::string& headers) override;
  bool Write(std::string piece) override;
  std::shared_ptr<void> WhenClientLeaves(std::function<void()> call) override;

 private:
  using Error = boost::system::error_code;

  void ReadBody();
  void TakeRequest();
  // Answers a request that can't be read.
  void Refuse(const Error& error);
  // Reads and discards what follows the request, up to a limit, to notice when the client leaves.
  void Watch();
  void TellGone();
  // Writes `bytes` from `begin` on, then calls `done`.
  void WriteOut(std::shared_ptr<const std::string> bytes, size_t begin,
                std::function<void(bool ok)> done);
  // Lets the client read the answer to its end before the connection is closed.
  void Linger();
  void SetDeadline(absl::Duration timeout);

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  const Limits limits_;
  const Callbacks callbacks_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request_parser<boost::beast::http::string_body> parser_;
  std::array<char, 4096> surplus_;
  size_t surplus_bytes_ = 0;
  bool handling_ = false;
  bool lingering_ = false;
  bool watching_ = false;
  WebRequest request_;
  enum class Answer { kNone, kDocument, kStream } answer_ = Answer::kNone;  // The handler's.
  absl::Mutex mutex_;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<std::function<void()>> on_gone_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_HTTP_WEB_CONNECTION_H_
