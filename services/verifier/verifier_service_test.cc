#include "services/verifier/verifier_service.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/domain/wire/constraint.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/server.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using verifier::v1::ListCheckersResponse;
using verifier::v1::VerifyItem;
using verifier::v1::VerifyRequest;
using verifier::v1::VerifyResponse;

class VerifierServiceTest : public testing::Test {
 protected:
  grpc::Status Verify() {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(60));
    return stub_->Verify(&context, request_, &response_);
  }

  VerifyItem& AddItem(const std::string& response) {
    VerifyItem& item = *request_.add_items();
    item.set_response(response);
    return item;
  }

  static void AddConstraint(VerifyItem& item, const std::string& kind,
                            const std::string& arguments = "") {
    item.add_constraints()->set_kind(kind);
    item.mutable_constraints(item.constraints_size() - 1)->set_arguments_json(arguments);
  }

  std::string Metrics() const { return prometheus::TextSerializer().Serialize(metrics_.Collect()); }

  RealClock clock_;
  prometheus::Registry metrics_;
  VerifierService service_{VerifierConfig{}, AllCheckers(), nullptr, clock_, metrics_};
  std::unique_ptr<RpcServer> server_ =
      RpcServer::Start({}, {{verifier::v1::Verifier::service_full_name(), &service_}}).value();
  std::unique_ptr<verifier::v1::Verifier::Stub> stub_ = verifier::v1::Verifier::NewStub(
      MakeChannel(absl::StrCat("127.0.0.1:", server_->port())).value());
  VerifyRequest request_;
  VerifyResponse response_;
};

TEST_F(VerifierServiceTest, ChecksWhatFollowsTheReasoning) {
  for (const char* text :
       {"<think>\nFirst, count.\n</think>\n\nRivers run.", "so, </think> Rivers run."}) {
    VerifyItem& item = AddItem(text);
    AddConstraint(item, "punctuation:no_comma");
    AddConstraint(item, "length_constraints:number_words",
                  R"({"num_words": 3, "relation": "less than"})");
    item.set_reasoning_end("</think>");
  }
  VerifyItem& unended = AddItem("Rivers run");
  AddConstraint(unended, "punctuation:no_comma");
  unended.set_reasoning_end("</think>");
  VerifyItem& whole = AddItem("so, </think> Rivers run.");
  AddConstraint(whole, "punctuation:no_comma");
  ASSERT_TRUE(Verify().ok());
  for (int i = 0; i < 2; ++i) {
    for (int constraint = 0; constraint < 2; ++constraint) {
      EXPECT_EQ(response_.results(i).strict(constraint).verdict(), common::v1::VERDICT_PASS);
      EXPECT_EQ(response_.results(i).loose(constraint).verdict(), common::v1::VERDICT_PASS);
    }
  }
  EXPECT_EQ(response_.results(2).strict(0).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(response_.results(3).strict(0).verdict(), common::v1::VERDICT_FAIL);
}

TEST_F(VerifierServiceTest, RefusesAMarkThatIsTooLong) {
  AddItem("a").set_reasoning_end(std::string(257, '<'));
  const grpc::Status status = Verify();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("Item 0: reasoning_end has 257 bytes"));
}

TEST_F(VerifierServiceTest, GivesStrictAndLooseVerdictsInOrder) {
  VerifyItem& item = AddItem("Sure, here:\n\"quoted\"");
  AddConstraint(item, "startend:quotation");
  AddConstraint(item, "punctuation:no_comma");
  AddConstraint(item, "keywords:frequency",
                R"({"keyword": "(", "frequency": 1, "relation": "at least"})");
  AddItem("");
  ASSERT_TRUE(Verify().ok());
  ASSERT_EQ(response_.results_size(), 2);
  const auto& first = response_.results(0);
  EXPECT_EQ(first.strict(0).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(first.loose(0).verdict(), common::v1::VERDICT_PASS);
  EXPECT_EQ(first.strict(1).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(first.strict(2).verdict(), common::v1::VERDICT_UNDECIDABLE);
  EXPECT_THAT(first.strict(2).reason(), HasSubstr("Python's re rejects"));
  EXPECT_EQ(response_.results(1).strict_size(), 0);
  EXPECT_EQ(response_.verifier_build(), AllCheckers().build());
}

TEST_F(VerifierServiceTest, DecidesNothingWhenAKindIsUnknown) {
  AddConstraint(AddItem("a"), "punctuation:no_comma");
  AddConstraint(AddItem("a"), "punctuation:no_coma");
  const grpc::Status status = Verify();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("Item 1: Constraint 0"));
  EXPECT_THAT(status.error_message(), HasSubstr("punctuation:no_comma"));
  EXPECT_EQ(response_.results_size(), 0);
}

TEST_F(VerifierServiceTest, TakesInvalidUtf8AsReplacementCharacters) {
  VerifyItem& item = AddItem("\xFF\xFE, \xF0\x9F");
  AddConstraint(item, "punctuation:no_comma");
  AddConstraint(item, "keywords:existence", R"({"keywords": ["\uFFFD"]})");
  ASSERT_TRUE(Verify().ok());
  EXPECT_EQ(response_.results(0).strict(0).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(response_.results(0).strict(1).verdict(), common::v1::VERDICT_PASS);
}

TEST_F(VerifierServiceTest, RefusesMoreThan256ConstraintsOfAnItem) {
  AddItem("a");
  VerifyItem& item = AddItem("a");
  for (int i = 0; i < 256; ++i) AddConstraint(item, "punctuation:no_comma");
  EXPECT_TRUE(Verify().ok());
  AddConstraint(item, "punctuation:no_comma");
  const grpc::Status status = Verify();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("Item 1: There are 257 constraints"));
}

// Lets checks pass one by one and counts them.
class Turnstile {
 public:
  CheckResult Pass() {
    absl::MutexLock lock(&mutex_);
    ++arrived_;
    const auto may_pass = [this] { return arrived_ <= allowed_; };
    mutex_.Await(absl::Condition(&may_pass));
    return PassIf(true);
  }
  void AwaitArrival() {
    const auto any = [this] { return arrived_ > 0; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&any));
  }
  void AllowOne() {
    absl::MutexLock lock(&mutex_);
    ++allowed_;
  }
  void AllowAll() {
    absl::MutexLock lock(&mutex_);
    allowed_ = 1 << 20;
  }
  int arrived() {
    absl::MutexLock lock(&mutex_);
    return arrived_;
  }

 private:
  absl::Mutex mutex_;
  int arrived_ = 0;
  int allowed_ = 0;
};

TEST_F(VerifierServiceTest, ACancelledCallStopsBetweenTheConstraintsOfAnItem) {
  Turnstile turnstile;
  CheckerRegistry registry;
  registry.Register({.kind = "turnstile", .make = [&](const Arguments&) {
                       return CheckerFrom([&](const ResponseText&) { return turnstile.Pass(); });
                     }});
  prometheus::Registry metrics;
  VerifierService service({}, registry, nullptr, clock_, metrics);
  const auto server =
      RpcServer::Start({}, {{verifier::v1::Verifier::service_full_name(), &service}}).value();
  const auto stub = verifier::v1::Verifier::NewStub(
      MakeChannel(absl::StrCat("127.0.0.1:", server->port())).value());
  VerifyItem& item = AddItem("a");
  for (int i = 0; i < kMaxConstraints; ++i) AddConstraint(item, "turnstile");
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(60));
  std::thread caller([&] { stub->Verify(&context, request_, &response_); });
  turnstile.AwaitArrival();
  context.TryCancel();
  caller.join();
  const auto served = [&] {
    return absl::StrContains(prometheus::TextSerializer().Serialize(metrics.Collect()),
                             "hir_verifier_inflight_requests 0");
  };
  // The cancellation arrives at some time: each further call gives it the time of a round trip.
  for (int i = 0; i < kMaxConstraints && !served(); ++i) {
    grpc::ClientContext other;
    ListCheckersResponse listing;
    ASSERT_TRUE(stub->ListCheckers(&other, {}, &listing).ok());
    turnstile.AllowOne();
  }
  turnstile.AllowAll();
  EXPECT_LT(turnstile.arrived(), kMaxConstraints);
}

TEST_F(VerifierServiceTest, RefusesMoreThan4096Items) {
  for (int i = 0; i < 4096; ++i) AddItem("");
  EXPECT_TRUE(Verify().ok());
  AddItem("");
  EXPECT_EQ(Verify().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(VerifierServiceTest, RefusesAResponseAbove16MiB) {
  AddItem(std::string((size_t{16} << 20) + 1, 'a'));
  const grpc::Status status = Verify();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("Item 0"));
}

TEST_F(VerifierServiceTest, CountsChecksByKindAndOutcome) {
  AddConstraint(AddItem("a,"), "punctuation:no_comma");
  ASSERT_TRUE(Verify().ok());
  EXPECT_THAT(Metrics(), HasSubstr("hir_verifier_constraint_checks_total{constraint_type="
                                   "\"punctuation:no_comma\",outcome=\"fail\"} 1"));
  EXPECT_THAT(Metrics(),
              HasSubstr("hir_verifier_request_duration_seconds_count{method=\"verify\"} 1"));
  EXPECT_THAT(Metrics(), HasSubstr("hir_verifier_integrity_ratio_count 1"));
}

TEST_F(VerifierServiceTest, ListsEveryCheckerWithItsArguments) {
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(60));
  ListCheckersResponse listing;
  ASSERT_TRUE(stub_->ListCheckers(&context, {}, &listing).ok());
  EXPECT_EQ(listing.checkers_size(), int(AllCheckers().List().size()));
  EXPECT_THAT(listing.DebugString(), HasSubstr("num_paragraphs"));
  EXPECT_EQ(listing.verifier_build(), AllCheckers().build());
}

TEST_F(VerifierServiceTest, RefusesStreamsWithoutReplay) {
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(60));
  const auto stream = stub_->VerifyStream(&context);
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("--replay"));
}

// Counts how many of its checks run at the same time, and waits until they may continue.
class WaitingChecker : public Checker {
 public:
  struct Shared {
    absl::Notification begun, may_end;
    std::atomic<int> checks = 0, running = 0, most_running = 0;
  };
  explicit WaitingChecker(Shared& shared) : shared_(shared) {}

  bool waits() const override { return true; }
  CheckResult Check(const ResponseText&) const override {
    shared_.most_running = std::max<int>(shared_.most_running, ++shared_.running);
    if (shared_.checks++ == 0) shared_.begun.Notify();
    shared_.may_end.WaitForNotification();
    --shared_.running;
    return PassIf(true);
  }

 private:
  Shared& shared_;
};

TEST(VerifierService, ChecksOfAllCallsThatWaitShareOnePool) {
  WaitingChecker::Shared shared;
  CheckerRegistry registry = AllCheckers();
  registry.Enable("judge:criterion", [&shared](const Arguments&) {
    return std::unique_ptr<Checker>(new WaitingChecker(shared));
  });
  RealClock clock;
  prometheus::Registry metrics;
  VerifierService service({.waiting_checks = 1}, registry, nullptr, clock, metrics);
  const auto server =
      RpcServer::Start({}, {{verifier::v1::Verifier::service_full_name(), &service}}).value();
  const auto stub = verifier::v1::Verifier::NewStub(server->InProcessChannel());
  VerifyRequest request;
  for (int i = 0; i < 3; ++i) {
    VerifyItem& item = *request.add_items();
    item.set_response("text");
    item.add_constraints()->set_kind("judge:criterion");
    item.mutable_constraints(0)->set_arguments_json(R"({"criterion": "It is kind."})");
  }
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      PrepareCall(context, absl::Seconds(60));
      VerifyResponse response;
      EXPECT_TRUE(stub->Verify(&context, request, &response).ok());
      EXPECT_EQ(response.results_size(), 3);
    });
  }
  shared.begun.WaitForNotification();
  shared.may_end.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(shared.most_running, 1);
}

}  // namespace
}  // namespace hir
