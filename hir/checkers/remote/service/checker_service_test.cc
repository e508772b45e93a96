#include "hir/checkers/remote/service/checker_service.h"

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/score.h"
#include "hir/checkers/remote/kinds.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/server.h"

namespace hir::remote {
namespace {

using checker::v1::CheckRequest;
using checker::v1::CheckResponse;
using ::testing::HasSubstr;

// A service that answers as the test says.
class ScriptedChecker : public checker::v1::Checker::Service {
 public:
  using Answer = std::function<grpc::Status(const CheckRequest&, CheckResponse&)>;

  explicit ScriptedChecker(Answer answer) : answer_(std::move(answer)) {}
  grpc::Status Check(grpc::ServerContext*, const CheckRequest* request,
                     CheckResponse* response) override {
    return answer_(*request, *response);
  }

 private:
  const Answer answer_;
};

class CheckerServiceTest : public testing::Test {
 protected:
  // What the kind makes of a response when its service answers so.
  CheckResult Decide(ScriptedChecker::Answer answer, absl::Duration timeout = absl::Seconds(20)) {
    ScriptedChecker service(std::move(answer));
    auto server = RpcServer::Start({}, {{checker::v1::Checker::service_full_name(), &service}});
    EXPECT_TRUE(server.ok()) << server.status();
    return DecideAt(absl::StrCat("127.0.0.1:", (*server)->port()), timeout);
  }

  CheckResult DecideAt(const std::string& address, absl::Duration timeout) {
    CheckerRegistry registry;
    RegisterKinds(registry);
    EnableCheckerService(registry, checker::v1::Checker::NewStub(*MakeChannel(address)),
                         {.timeout = timeout}, clock_);
    const auto checker = registry.Create(
        "external:check", {{"checker", "rhymes"}, {"arguments", {{"scheme", "abab"}}}});
    EXPECT_TRUE(checker.ok()) << checker.status();
    EXPECT_TRUE((*checker)->waits());
    return CheckText(**checker, ResponseText::FromUtf8("roses \xff"));
  }

  RealClock clock_;
};

TEST_F(CheckerServiceTest, TheServiceDecides) {
  for (const bool passes : {true, false}) {
    const CheckResult result = Decide([&](const CheckRequest& request, CheckResponse& response) {
      EXPECT_EQ(request.checker(), "rhymes");
      EXPECT_EQ(request.arguments_json(), R"({"scheme":"abab"})");
      EXPECT_EQ(request.response(), "roses \uFFFD");
      response.set_verdict(passes ? common::v1::VERDICT_PASS : common::v1::VERDICT_FAIL);
      return grpc::Status::OK;
    });
    EXPECT_EQ(result, PassIf(passes));
  }
}

TEST_F(CheckerServiceTest, TheServiceMayNotKnow) {
  const CheckResult result = Decide([](const CheckRequest&, CheckResponse& response) {
    response.set_verdict(common::v1::VERDICT_UNDECIDABLE);
    response.set_reason("No rhyme dictionary.");
    return grpc::Status::OK;
  });
  EXPECT_EQ(result, Undecidable("No rhyme dictionary."));
}

TEST_F(CheckerServiceTest, AnAnswerWithoutVerdictIsUndecidable) {
  const CheckResult result =
      Decide([](const CheckRequest&, CheckResponse&) { return grpc::Status::OK; });
  EXPECT_EQ(result.verdict, Verdict::kUndecidable);
}

TEST_F(CheckerServiceTest, AnErrorIsUndecidableAndSaysWhy) {
  const CheckResult result = Decide([](const CheckRequest&, CheckResponse&) {
    return grpc::Status(grpc::StatusCode::INTERNAL, "division by zero");
  });
  EXPECT_EQ(result.verdict, Verdict::kUndecidable);
  EXPECT_THAT(result.reason, HasSubstr("division by zero"));
}

TEST_F(CheckerServiceTest, ALateAnswerIsUndecidable) {
  absl::Notification released;
  CheckResult result;
  ScriptedChecker service([&](const CheckRequest&, CheckResponse&) {
    released.WaitForNotification();
    return grpc::Status::OK;
  });
  auto server = RpcServer::Start({}, {{checker::v1::Checker::service_full_name(), &service}});
  ASSERT_TRUE(server.ok()) << server.status();
  result = DecideAt(absl::StrCat("127.0.0.1:", (*server)->port()), absl::Milliseconds(200));
  released.Notify();
  EXPECT_EQ(result.verdict, Verdict::kUndecidable);
}

TEST_F(CheckerServiceTest, AServiceThatIsAwayForAMomentIsAskedAgain) {
  int calls = 0;
  const CheckResult result = Decide([&](const CheckRequest&, CheckResponse& response) {
    if (++calls == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting");
    response.set_verdict(common::v1::VERDICT_PASS);
    return grpc::Status::OK;
  });
  EXPECT_EQ(result, PassIf(true));
  EXPECT_EQ(calls, 2);
}

TEST_F(CheckerServiceTest, AServiceThatIsNotThereIsUndecidable) {
  EXPECT_EQ(DecideAt("127.0.0.1:1", absl::Milliseconds(300)).verdict, Verdict::kUndecidable);
}

TEST_F(CheckerServiceTest, WithoutAServiceTheKindIsUndecidable) {
  CheckerRegistry registry;
  RegisterKinds(registry);
  const auto checker = registry.Create("external:check", {{"checker", "rhymes"}});
  ASSERT_TRUE(checker.ok()) << checker.status();
  EXPECT_THAT(CheckText(**checker, ResponseText(U"x")).reason, HasSubstr("--external-checker"));
}

TEST_F(CheckerServiceTest, ATimeoutOfNothingIsRefused) {
  EXPECT_THAT(std::string(Validate({.timeout = absl::ZeroDuration()}).message()),
              HasSubstr("--external-timeout-seconds"));
}

}  // namespace
}  // namespace hir::remote
