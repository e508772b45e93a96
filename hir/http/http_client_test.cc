#include "hir/http/http_client.h"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/http/web_server.h"
#include "hir/testing/patience.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

class HttpClientTest : public testing::Test {
 protected:
  void Serve(WebHandler handler) {
    server_ = *WebServer::Start({.what = "test", .address = "127.0.0.1:0"}, std::move(handler));
    client_ = std::make_unique<HttpClient>(absl::StrCat("http://127.0.0.1:", server_->port()), "");
  }

  std::unique_ptr<WebServer> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, SendsEachMethodToItsPath) {
  Serve([](const WebRequest& request, WebReply& reply) {
    reply.Send(
        200, "text/plain",
        absl::StrCat(request.method, " ", request.path, " ", request.query, " ", request.body));
  });
  EXPECT_EQ(client_->Post("{}", kPatience, "/a?b=c")->body, "POST /a b=c {}");
  EXPECT_EQ(client_->Get("/d", kPatience)->body, "GET /d  ");
}

TEST_F(HttpClientTest, PassesPiecesOnBeforeTheAnswerEnds) {
  absl::Notification first;
  Serve([&](const WebRequest&, WebReply& reply) {
    reply.Begin("text/plain");
    reply.Write("one");
    first.WaitForNotification();
    reply.Write("two");
  });
  std::string body;
  const auto response = client_->PostStreaming("{}", {.on_piece =
                                                          [&](std::string_view piece) {
                                                            body.append(piece);
                                                            if (body == "one") first.Notify();
                                                            return true;
                                                          },
                                                      .keep_going = [] { return true; },
                                                      .silence = kPatience});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->code, 200);
  EXPECT_EQ(body, "onetwo");
}

TEST_F(HttpClientTest, GivesTheBodyOfARefusalWhole) {
  Serve([](const WebRequest&, WebReply& reply) { reply.Send(403, "text/plain", "no"); });
  const HttpStream stream = {.on_piece =
                                 [](std::string_view) {
                                   ADD_FAILURE();
                                   return true;
                                 },
                             .keep_going = [] { return true; },
                             .silence = kPatience};
  const auto response = client_->PostStreaming("{}", stream);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->code, 403);
  EXPECT_EQ(response->body, "no");
}

TEST_F(HttpClientTest, AStreamEndsByEitherCallback) {
  Serve([&](const WebRequest&, WebReply& reply) {
    reply.Begin("text/plain");
    reply.Write("one");
    absl::Notification left;
    const auto watch = reply.WhenClientLeaves([&] { left.Notify(); });
    left.WaitForNotification();
  });
  HttpStream stream = {.on_piece = [](std::string_view) { return false; },
                       .keep_going = [] { return true; },
                       .silence = kPatience};
  EXPECT_TRUE(absl::IsCancelled(client_->PostStreaming("{}", stream).status()));
  std::atomic<bool> begun = false;
  stream.on_piece = [&](std::string_view) { return begun = true; };
  stream.keep_going = [&] { return !begun; };
  EXPECT_TRUE(absl::IsCancelled(client_->PostStreaming("{}", stream).status()));
}

TEST_F(HttpClientTest, AStreamThatIsSilentForTooLongEnds) {
  Serve([](const WebRequest&, WebReply& reply) {
    absl::Notification left;
    const auto watch = reply.WhenClientLeaves([&] { left.Notify(); });
    left.WaitForNotification();
  });
  const absl::Status status =
      client_
          ->PostStreaming("{}", {.on_piece = [](std::string_view) { return true; },
                                 .keep_going = [] { return true; },
                                 .silence = absl::Milliseconds(50)})
          .status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing arrived for 50ms"));
}

}  // namespace
}  // namespace hir
