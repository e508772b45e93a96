#include "hir/http/web_server.h"

#include <atomic>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/http/test_web_client.h"

namespace hir {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::unique_ptr<WebServer> Serve(WebHandler handler, WebServerOptions options = {}) {
  options.what = "--listen";
  options.address = "127.0.0.1:0";
  auto server = WebServer::Start(options, std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

void Echo(const WebRequest& request, WebReply& reply) {
  reply.Send(
      200, "text/plain",
      absl::StrCat(request.method, " ", request.path, " ", request.query, " ", request.body));
}

TEST(WebServer, GivesTheHandlerAWholeRequest) {
  const auto server = Serve([](const WebRequest& request, WebReply& reply) {
    const auto header = request.headers.find("x-name");
    reply.Send(
        header == request.headers.end() ? 400 : 201, "text/plain",
        absl::StrCat(request.method, " ", request.path, " ", request.query, " ", request.body),
        "X-More: yes\r\n");
  });
  TestWebClient client(server->port());
  client.Send("POST /a/b?c=d HTTP/1.1\r\nX-Name: n\r\nContent-Length: 4\r\n\r\nbo");
  client.Send("dy");
  const std::string answer = client.Receive();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201 Created\r\nX-More: yes\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nPOST /a/b c=d body"));
}

TEST(WebServer, TakesABodyInChunksAndOneThatAsksFirst) {
  const auto server = Serve(Echo);
  TestWebClient chunked(server->port());
  chunked.Send(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n");
  EXPECT_THAT(chunked.Receive(), EndsWith("POST /  body"));
  TestWebClient asking(server->port());
  asking.Send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(asking.Receive("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  asking.Send("body");
  EXPECT_THAT(asking.Receive(), EndsWith("POST /  body"));
}

TEST(WebServer, AnswersWhateverManySilentConnectionsDo) {
  const auto server = Serve(Echo, {.threads = 1});
  std::list<TestWebClient> silent;
  // More than may be open at once.
  for (int i = 0; i < 300; ++i) {
    silent.emplace_back(server->port());
    ASSERT_TRUE(silent.back().connected());
    if (i % 3 == 1) silent.back().Send("GET / HTTP");
    if (i % 3 == 2) silent.back().Send("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nbo");
  }
  EXPECT_THAT(TestGet(server->port(), "/here"), EndsWith("GET /here  "));
}

TEST(WebServer, ClosesAConnectionWhoseRequestDoesNotEnd) {
  const auto server = Serve(Echo, {.request_deadline = absl::Milliseconds(50)});
  for (const char* beginning : {"", "GET / HT", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nbo"}) {
    TestWebClient client(server->port());
    client.Send(beginning);
    EXPECT_EQ(client.Receive(), "") << beginning;
  }
}

TEST(WebServer, AClientThatReadsNothingTakesNoThreadAndIsClosed) {
  const std::string large(64 << 20, 'x');
  const auto server = Serve(
      [&large](const WebRequest& request, WebReply& reply) {
        reply.Send(200, "text/plain", request.path == "/large" ? large : "small");
      },
      {.threads = 1, .write_deadline = absl::Milliseconds(50)});
  TestWebClient deaf(server->port());
  deaf.Send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_THAT(TestGet(server->port(), "/"), EndsWith("small"));
  // It is closed at the deadline, however much the kernel had buffered.
  while (deaf.Send("x")) {
  }
  EXPECT_LT(deaf.Receive().size(), large.size());
}

TEST(WebServer, StreamsAnAnswerAsItComes) {
  absl::Notification read;
  const auto server = Serve([&read](const WebRequest&, WebReply& reply) {
    reply.Begin("text/event-stream");
    EXPECT_TRUE(reply.Write("one"));
    read.WaitForNotification();
    EXPECT_TRUE(reply.Write("two"));
  });
  TestWebClient client(server->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.Receive("one"), HasSubstr("Content-Type: text/event-stream\r\n"));
  read.Notify();
  EXPECT_EQ(client.Receive(), "two");
}

TEST(WebServer, TellsAHandlerThatItsClientLeft) {
  absl::Notification begun, gone;
  const auto server = Serve([&](const WebRequest&, WebReply& reply) {
    const auto watch = reply.WhenClientLeaves([&gone] { gone.Notify(); });
    begun.Notify();
    gone.WaitForNotification();
  });
  {
    TestWebClient client(server->port());
    client.Send("GET / HTTP/1.1\r\n\r\n");
    begun.WaitForNotification();
  }
  gone.WaitForNotification();
}

TEST(WebServer, AWriteFailsOnceTheClientIsGone) {
  const auto server = Serve([](const WebRequest&, WebReply& reply) {
    reply.Begin("text/plain");
    while (reply.Write("piece")) {
    }
  });
  TestWebClient client(server->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  client.Receive("piece");
}

TEST(WebServer, RefusesWhatIsTooLargeOrNoHttp) {
  const auto server = Serve(Echo, {.max_body_bytes = 10});
  TestWebClient body(server->port());
  body.Send(
      absl::StrCat("POST / HTTP/1.1\r\nContent-Length: 20000\r\n\r\n", std::string(20000, 'b')));
  EXPECT_THAT(body.Receive(), StartsWith("HTTP/1.1 413 "));
  TestWebClient head(server->port());
  head.Send(absl::StrCat("GET / HTTP/1.1\r\nX-Long: ", std::string(20000, 'h'), "\r\n\r\n"));
  EXPECT_THAT(head.Receive(), StartsWith("HTTP/1.1 431 "));
  TestWebClient other(server->port());
  other.Send("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_THAT(other.Receive(), StartsWith("HTTP/1.1 400 "));
}

TEST(WebServer, AnExceptionOfTheHandlerIsItsAnswer) {
  const auto server =
      Serve([](const WebRequest&, WebReply&) { throw std::runtime_error("no such thing"); });
  const std::string answer = TestGet(server->port(), "/");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, HasSubstr("no such thing"));
}

TEST(WebServer, EndsAtOnceBesideSilentConnections) {
  auto server = Serve(Echo);
  TestWebClient silent(server->port());
  silent.Send("GET / HT");
  server = nullptr;
  EXPECT_EQ(silent.Receive(), "");
}

TEST(WebServer, RefusesAnAddressThatIsTakenOrNone) {
  const auto first = Serve(Echo);
  const auto start = [](const std::string& address) {
    return WebServer::Start({.what = "--listen", .address = address}, Echo).status();
  };
  const absl::Status taken = start(absl::StrCat("127.0.0.1:", first->port()));
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("Address already in use"));
  for (const char* address : {"8000", "127.0.0.1:1,2", "example.org:80", "127.0.0.1:70000"}) {
    EXPECT_EQ(start(address).code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

}  // namespace
}  // namespace hir
