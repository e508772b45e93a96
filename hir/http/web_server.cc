#include "hir/http/web_server.h"

#include <chrono>
#include <list>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "hir/base/status_macros.h"
#include "hir/base/worker_pool.h"
#include "hir/http/web_connection.h"

namespace hir {
namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
using Error = boost::system::error_code;

// Pause after a failed accept, for example when file descriptors have run out.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
// Time for clients to read the last bytes when the server stops.
constexpr absl::Duration kLastWrites = absl::Seconds(1);

absl::StatusOr<tcp::endpoint> ParseEndpoint(const std::string& what, const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(what, " \"", address, "\" is not HOST:PORT."));
  }
  const std::string name = address.substr(0, colon);
  std::string host = name == "localhost" ? "127.0.0.1" : name;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Error error;
  const auto numeric = asio::ip::make_address(host, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " \"", address, "\": the host \"", name,
                     "\" is neither localhost nor a numeric address, such as 0.0.0.0."));
  }
  return tcp::endpoint(numeric, static_cast<uint16_t>(port));
}

}  // namespace

// Members are used only by the loop's thread once it runs, unless a comment says otherwise.
class WebServer::Impl {
 public:
  Impl(WebServerOptions options, WebHandler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        acceptor_(loop_),
        pause_(loop_),
        handlers_(std::make_unique<WorkerPool>(options_.threads)) {}

  ~Impl() {
    if (!thread_.joinable()) return;
    absl::Notification refusing;
    asio::post(loop_, [&] {
      stopping_ = true;
      Error ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      while (CloseOldestIdle()) {
      }
      refusing.Notify();
    });
    refusing.WaitForNotification();
    handlers_ = nullptr;
    work_.reset();
    ended_.WaitForNotificationWithTimeout(kLastWrites);
    loop_.stop();
    thread_.join();
  }

  absl::Status Listen() {
    HIR_ASSIGN_OR_RETURN(const tcp::endpoint endpoint,
                         ParseEndpoint(options_.what, options_.address));
    Error error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("can't serve HTTP on ", options_.address, ": ",
                                               error.message(), "; choose another address with ",
                                               options_.what, "."));
  }

  void Run() {
    Accept();
    thread_ = std::thread([this] {
      loop_.run();
      ended_.Notify();
    });
  }

  int port() const { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](const Error& error, tcp::socket socket) {
      if (stopping_) return;
      if (!error) {
        Take(std::move(socket));
        return Accept();
      }
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](const Error&) {
        if (!stopping_) Accept();
      });
    });
  }

  void Take(tcp::socket socket) {
    if (open_.size() >= options_.max_connections && !CloseOldestIdle()) return;
    open_.push_back(std::make_shared<WebConnection>(
        std::move(socket),
        WebConnection::Limits{.max_body_bytes = options_.max_body_bytes,
                              .request_deadline = options_.request_deadline,
                              .write_deadline = options_.write_deadline},
        WebConnection::Callbacks{.on_request =
                                     [this](const std::shared_ptr<WebConnection>& connection) {
                                       if (stopping_) return connection->Close();
                                       handlers_->Submit(connection->client(), [this, connection] {
                                         connection->Handle(handler_);
                                       });
                                     },
                                 .on_closed =
                                     [this](WebConnection* connection) {
                                       open_.remove_if([&](const auto& open) {
                                         return open.get() == connection;
                                       });
                                     }}));
    open_.back()->Start();
  }

  bool CloseOldestIdle() {
    for (const std::shared_ptr<WebConnection>& connection : open_) {
      if (connection->handling()) continue;
      const std::shared_ptr<WebConnection> closed = connection;  // on_closed removes it.
      closed->Close();
      return true;
    }
    return false;
  }

  const WebServerOptions options_;
  const WebHandler handler_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  int port_ = 0;
  bool stopping_ = false;
  std::list<std::shared_ptr<WebConnection>> open_;  // Oldest first.
  std::unique_ptr<WorkerPool> handlers_;
  absl::Notification ended_;
  std::thread thread_;
};

WebServer::WebServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

WebServer::~WebServer() = default;

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(WebServerOptions options,
                                                            WebHandler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  HIR_RETURN_IF_ERROR(impl->Listen());
  impl->Run();
  return std::unique_ptr<WebServer>(new WebServer(std::move(impl)));
}

int WebServer::port() const { return impl_->port(); }

}  // namespace hir
