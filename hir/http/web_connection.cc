#include "hir/http/web_connection.h"

#include <exception>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/rfc7230.hpp"
#include "boost/beast/http/status.hpp"

namespace hir {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr uint32_t kMaxHeaderBytes = 16 << 10;
constexpr size_t kMaxSurplusBytes = 4 << 20;  // Read and discarded after a request.
constexpr size_t kPieceBytes = 64 << 10;      // The write deadline applies to each piece.
constexpr absl::Duration kLinger = absl::Seconds(2);

std::string Head(int code, const std::string& content_type, const std::string& headers) {
  return absl::StrCat("HTTP/1.1 ", code, " ",
                      std::string(http::obsolete_reason(static_cast<http::status>(code))), "\r\n",
                      headers, "Content-Type: ", content_type, "\r\nConnection: close\r\n");
}

std::string Document(int code, const std::string& content_type, const std::string& headers,
                     const std::string& body) {
  return absl::StrCat(Head(code, content_type, headers), "Content-Length: ", body.size(),
                      "\r\n\r\n", body);
}

}  // namespace

WebConnection::WebConnection(tcp::socket socket, const Limits& limits, Callbacks callbacks)
    : socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      limits_(limits),
      callbacks_(std::move(callbacks)) {
  parser_.header_limit(kMaxHeaderBytes);
  parser_.body_limit(limits.max_body_bytes);
}

void WebConnection::SetDeadline(absl::Duration timeout) {
  deadline_.expires_after(absl::ToChronoNanoseconds(timeout));
  deadline_.async_wait([self = shared_from_this()](const Error& error) {
    // The deadline was moved after it had fired.
    if (error || self->deadline_.expiry() > asio::steady_timer::clock_type::now()) return;
    self->Close();
  });
}

void WebConnection::Start() {
  SetDeadline(limits_.request_deadline);
  http::async_read_header(socket_, buffer_, parser_,
                          [self = shared_from_this()](const Error& error, size_t) {
                            if (error) return self->Refuse(error);
                            self->ReadBody();
                          });
}

void WebConnection::ReadBody() {
  const auto read = [self = shared_from_this()] {
    http::async_read(self->socket_, self->buffer_, self->parser_,
                     [self](const Error& error, size_t) {
                       if (error) return self->Refuse(error);
                       self->TakeRequest();
                     });
  };
  if (parser_.is_done()) return TakeRequest();
  if (!boost::beast::iequals(parser_.get()[http::field::expect], "100-continue")) return read();
  static const std::string* const kContinue = new std::string("HTTP/1.1 100 Continue\r\n\r\n");
  asio::async_write(socket_, asio::buffer(*kContinue),
                    [self = shared_from_this(), read](const Error& error, size_t) {
                      if (error) return self->Close();
                      read();
                    });
}

void WebConnection::TakeRequest() {
  deadline_.cancel();
  const auto& message = parser_.get();
  const std::string target(message.target());
  const size_t question = target.find('?');
  Error unknown;
  request_.client = socket_.remote_endpoint(unknown).address().to_string();
  request_.method = std::string(message.method_string());
  request_.path = target.substr(0, question);
  if (question != std::string::npos) request_.query = target.substr(question + 1);
  for (const auto& field : message) {
    request_.headers[absl::AsciiStrToLower(std::string(field.name_string()))] =
        std::string(field.value());
  }
  request_.body = std::move(parser_.get().body());
  handling_ = true;
  Watch();
  callbacks_.on_request(shared_from_this());
}

void WebConnection::Refuse(const Error& error) {
  if (!socket_.is_open()) return;
  if (error.category() != make_error_code(http::error::end_of_stream).category() ||
      error == http::error::end_of_stream || error == http::error::partial_message) {
    return Close();
  }
  const int code = error == http::error::body_limit     ? 413
                   : error == http::error::header_limit ? 431
                                                        : 400;
  WriteOut(std::make_shared<const std::string>(
               Document(code, "text/plain", "", absl::StrCat("HTTP: ", error.message(), "\n"))),
           0, [self = shared_from_this()](bool ok) { ok ? self->Linger() : self->Close(); });
}

void WebConnection::Watch() {
  watching_ = true;
  socket_.async_read_some(asio::buffer(surplus_),
                          [self = shared_from_this()](const Error& error, size_t bytes) {
                            self->watching_ = false;
                            if (error) {
                              self->TellGone();
                              if (self->lingering_) self->Close();
                              return;
                            }
                            self->surplus_bytes_ += bytes;
                            if (self->surplus_bytes_ <= kMaxSurplusBytes) return self->Watch();
                            if (self->lingering_) self->Close();
                          });
}

void WebConnection::TellGone() {
  absl::MutexLock lock(&mutex_);
  if (std::exchange(gone_, true)) return;
  if (on_gone_ != nullptr) (*on_gone_)();
}

void WebConnection::WriteOut(std::shared_ptr<const std::string> bytes, size_t begin,
                             std::function<void(bool ok)> done) {
  if (begin == bytes->size()) return done(true);
  SetDeadline(limits_.write_deadline);
  const auto piece = asio::buffer(*bytes) + begin;
  socket_.async_write_some(asio::buffer(piece, kPieceBytes),
                           [self = shared_from_this(), bytes, begin, done = std::move(done)](
                               const Error& error, size_t written) mutable {
                             self->deadline_.cancel();
                             if (error) return done(false);
                             self->WriteOut(std::move(bytes), begin + written, std::move(done));
                           });
}

void WebConnection::Linger() {
  // Closing with unread input would reset the connection, and the client would lose the answer.
  Error ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  lingering_ = true;
  SetDeadline(kLinger);
  if (!watching_) Watch();
}

void WebConnection::Close() {
  if (!socket_.is_open()) return;
  Error ignored;
  socket_.close(ignored);
  deadline_.cancel();
  TellGone();
  callbacks_.on_closed(this);
}

void WebConnection::Handle(const WebHandler& handler) {
  try {
    handler(request_, *this);
  } catch (const std::exception& error) {
    if (answer_ == Answer::kNone) Send(500, "text/plain", absl::StrCat(error.what(), "\n"), "");
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->handling_ = false;
    if (self->socket_.is_open() && self->answer_ != Answer::kDocument) self->Linger();
  });
}

void WebConnection::Send(int code, const std::string& content_type, std::string body,
                         const std::string& headers) {
  answer_ = Answer::kDocument;
  auto bytes = std::make_shared<const std::string>(Document(code, content_type, headers, body));
  asio::post(socket_.get_executor(), [self = shared_from_this(), bytes = std::move(bytes)] {
    if (!self->socket_.is_open()) return;
    self->WriteOut(bytes, 0, [self](bool ok) { ok ? self->Linger() : self->Close(); });
  });
}

void WebConnection::Begin(const std::string& content_type, const std::string& headers) {
  answer_ = Answer::kStream;
  Write(absl::StrCat(Head(200, content_type, headers), "\r\n"));
}

bool WebConnection::Write(std::string piece) {
  absl::Notification written;
  bool taken = false;
  asio::post(socket_.get_executor(),
             [&, self = shared_from_this(),
              bytes = std::make_shared<const std::string>(std::move(piece))] {
               const auto done = [&](bool ok) {
                 taken = ok;
                 written.Notify();
               };
               if (!self->socket_.is_open()) return done(false);
               self->WriteOut(bytes, 0, done);
             });
  written.WaitForNotification();
  return taken;
}

std::shared_ptr<void> WebConnection::WhenClientLeaves(std::function<void()> call) {
  auto watched = std::make_shared<std::function<void()>>(std::move(call));
  absl::MutexLock lock(&mutex_);
  if (gone_) {
    (*watched)();
    return nullptr;
  }
  on_gone_ = std::move(watched);
  return {on_gone_.get(), [self = shared_from_this()](void*) {
            absl::MutexLock unlock(&self->mutex_);
            self->on_gone_ = nullptr;
          }};
}

}  // namespace hir
