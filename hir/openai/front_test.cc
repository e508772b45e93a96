#include "hir/openai/front.h"

#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/http/test_web_client.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/server.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using rollout::v1::GenerateRequest;
using rollout::v1::GenerateResponse;
using ::testing::HasSubstr;

// Answers every prompt with its text or that of its last message, in two pieces if streamed; or
// with `error`.
class EchoWorker : public rollout::v1::Rollout::Service {
 public:
  grpc::Status Generate(grpc::ServerContext* context, const GenerateRequest* request,
                        grpc::ServerWriter<GenerateResponse>* writer) override {
    if (!error.ok()) return error;
    if (await_cancel) {
      asked.Notify();
      while (writer->Write({})) {
      }
      cancelled.Notify();
      return grpc::Status::CANCELLED;
    }
    const auto& metadata = context->client_metadata();
    const auto found = metadata.find("traceparent");
    const auto caller = metadata.find(kHttpClient);
    client =
        caller == metadata.end() ? "" : std::string(caller->second.data(), caller->second.size());
    peer = context->peer();
    trace = found == metadata.end() ? "" : std::string(found->second.data(), found->second.size());
    const auto& prompt = request->prompts(0);
    const std::string& text = prompt.text().empty()
                                  ? prompt.messages(prompt.messages_size() - 1).content()
                                  : prompt.text();
    for (uint32_t sample = 0; sample < prompt.responses(); ++sample) {
      GenerateResponse piece;
      piece.set_sample(prompt.responses() - 1 - sample);
      if (request->stream_text()) {
        piece.set_delta(text);
        writer->Write(piece);
      }
      piece.set_done(true);
      piece.set_text(absl::StrCat(text, piece.sample()));
      writer->Write(piece);
    }
    return grpc::Status::OK;
  }
  grpc::Status GetStatus(grpc::ServerContext*, const rollout::v1::GetStatusRequest*,
                         rollout::v1::GetStatusResponse* response) override {
    response->mutable_serving()->set_version(4);
    return error;
  }

  grpc::Status error;
  std::string trace, client, peer;  // Of the last call.
  bool await_cancel = false;        // Runs until the call is cancelled.
  absl::Notification asked, cancelled;
};

class OpenAiFrontTest : public testing::Test {
 protected:
  struct Answer {
    int code = 0;
    std::string body;
  };

  OpenAiFrontTest()
      : server_(
            RpcServer::Start({}, {{rollout::v1::Rollout::service_full_name(), &worker_}}).value()),
        front_(OpenAiFront::Start("127.0.0.1:0", "tiny",
                                  rollout::v1::Rollout::NewStub(server_->InProcessChannel()))
                   .value()) {}

  // Each of `headers` ends with a line end.
  Answer Ask(const std::string& method, const std::string& path, const std::string& body = "",
             const std::string& headers = "") {
    TestWebClient client(front_->port());
    client.Send(absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                             "Content-Length: ", body.size(), "\r\n\r\n", body));
    const std::string answer = client.Receive();
    const size_t head = answer.find("\r\n\r\n");
    if (head == std::string::npos) return {};
    return {.code = std::stoi(answer.substr(answer.find(' '))), .body = answer.substr(head + 4)};
  }

  Answer Chat(const std::string& more = "") {
    return Ask("POST", "/v1/chat/completions",
               R"({"messages": [{"role": "user", "content": "Hi"}])" + more + "}");
  }

  EchoWorker worker_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<OpenAiFront> front_;
};

TEST_F(OpenAiFrontTest, CompletesAChatWithItsChoicesInOrder) {
  const Answer answer = Chat(R"(, "n": 2)");
  EXPECT_EQ(answer.code, 200);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["model"], "tiny");
  EXPECT_EQ(body["choices"][0]["message"]["content"], "Hi0");
  EXPECT_EQ(body["choices"][1]["message"]["content"], "Hi1");
}

TEST_F(OpenAiFrontTest, CompletesAPrompt) {
  const Answer answer = Ask("POST", "/v1/completions", R"({"prompt": "Once"})");
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(json::parse(answer.body)["choices"][0]["text"], "Once0");
}

TEST_F(OpenAiFrontTest, HandsOnTheTraceOfItsCaller) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string chat = R"({"messages": [{"role": "user", "content": "Hi"}]})";
  EXPECT_EQ(Ask("POST", "/v1/chat/completions", chat, "traceparent: " + trace + "\r\n").code, 200);
  EXPECT_EQ(worker_.trace, trace);
  EXPECT_EQ(Ask("POST", "/v1/chat/completions", chat).code, 200);
  EXPECT_EQ(worker_.trace, "");
}

TEST_F(OpenAiFrontTest, TellsTheWorkerWhoAsks) {
  EXPECT_EQ(Chat().code, 200);
  EXPECT_EQ(worker_.client, "127.0.0.1");
  EXPECT_EQ(worker_.peer, "unknown");  // The peer of a call within the process.
}

TEST_F(OpenAiFrontTest, StreamsAChatAsEvents) {
  const Answer answer = Chat(R"(, "stream": true)");
  EXPECT_EQ(answer.code, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("content":"Hi")"));
  EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n")) << answer.body;
}

TEST_F(OpenAiFrontTest, NamesItsModelAndItsWeights) {
  const Answer answer = Ask("GET", "/v1/models");
  EXPECT_EQ(answer.code, 200);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["data"][0]["id"], "tiny");
  EXPECT_EQ(body["data"][0]["weights"]["version"], 4);
}

TEST_F(OpenAiFrontTest, ShowsItsModelAloneAndNoOther) {
  const Answer answer = Ask("GET", "/v1/models/tiny");
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(json::parse(answer.body), json::parse(Ask("GET", "/v1/models").body)["data"][0]);
  EXPECT_GT(json::parse(answer.body)["created"], 0);
  for (const char* path : {"/v1/models/other", "/v1/models/", "/v1/models/tiny/x"}) {
    const Answer other = Ask("GET", path);
    EXPECT_EQ(other.code, 404) << path;
    EXPECT_EQ(json::parse(other.body)["error"]["code"], "model_not_found") << path;
  }
  EXPECT_EQ(Ask("DELETE", "/v1/models/tiny").code, 405);
}

TEST_F(OpenAiFrontTest, IsHealthyWhenTheWorkerAnswers) {
  EXPECT_EQ(Ask("GET", "/health").code, 200);
  worker_.error = grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining");
  EXPECT_EQ(Ask("GET", "/health").code, 503);
  worker_.error = grpc::Status::OK;
  front_->SetStopping();
  EXPECT_EQ(Ask("GET", "/health").code, 503);
}

TEST_F(OpenAiFrontTest, AnswersMistakesWithAnErrorObject) {
  const Answer wrong = Chat(R"(, "n": 0)");
  EXPECT_EQ(wrong.code, 400);
  const json error = json::parse(wrong.body)["error"];
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("n is 0"));
  EXPECT_EQ(error["type"], "invalid_request_error");
  const Answer other = Chat(R"(, "model": "other")");
  EXPECT_EQ(other.code, 404);
  EXPECT_EQ(json::parse(other.body)["error"]["code"], "model_not_found");
  EXPECT_EQ(json::parse(other.body)["error"]["param"], "model");
  EXPECT_EQ(Ask("GET", "/v1/chat/completions").code, 405);
  const Answer nowhere = Ask("POST", "/v1/embeddings");
  EXPECT_EQ(nowhere.code, 404);
  EXPECT_TRUE(json::parse(nowhere.body)["error"]["code"].is_null());
  EXPECT_EQ(Ask("POST", "/v1/completions", R"({"prompt": ""})").code, 400);
  EXPECT_EQ(Ask("POST", "/v1/chat/completions", std::string((1 << 20) + 1, ' ')).code, 413);
}

TEST_F(OpenAiFrontTest, PassesOnTheWorkersErrors) {
  worker_.error = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the prompt is too long");
  const Answer answer = Chat();
  EXPECT_EQ(answer.code, 400);
  EXPECT_THAT(answer.body, HasSubstr("the prompt is too long"));
  worker_.error = grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining");
  EXPECT_EQ(Chat().code, 503);
}

TEST_F(OpenAiFrontTest, ServesManyAtOnce) {
  std::vector<std::thread> clients;
  std::vector<int> codes(16);
  for (int& code : codes) clients.emplace_back([&] { code = Chat().code; });
  for (std::thread& client : clients) client.join();
  EXPECT_THAT(codes, testing::Each(200));
}

TEST_F(OpenAiFrontTest, AnswersBesideSilentConnections) {
  std::list<TestWebClient> silent;
  for (int i = 0; i < 200; ++i) silent.emplace_back(front_->port());
  EXPECT_EQ(Chat().code, 200);
}

TEST_F(OpenAiFrontTest, AClientThatLeavesEndsItsGeneration) {
  worker_.await_cancel = true;
  {
    const std::string body = R"({"messages": [{"role": "user", "content": "Hi"}]})";
    TestWebClient client(front_->port());
    client.Send(absl::StrCat("POST /v1/chat/completions HTTP/1.1\r\nContent-Length: ", body.size(),
                             "\r\n\r\n", body));
    worker_.asked.WaitForNotification();
  }
  worker_.cancelled.WaitForNotification();
}

TEST_F(OpenAiFrontTest, RefusesAnAddressThatIsTakenOrNone) {
  const auto second =
      OpenAiFront::Start(absl::StrCat("127.0.0.1:", front_->port()), "tiny", nullptr);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("Address already in use"));
  for (const char* address : {"8000", "127.0.0.1:1,2", "example.org:80"}) {
    EXPECT_EQ(OpenAiFront::Start(address, "tiny", nullptr).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

}  // namespace
}  // namespace hir
