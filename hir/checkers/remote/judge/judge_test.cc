// The judge against a real web service that misbehaves.
#include "hir/checkers/remote/judge/judge.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/remote/kinds.h"
#include "hir/testing/fake_web_server.h"
#include "nlohmann/json.hpp"

namespace hir::remote {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Sleeping takes no time and is remembered.
class QuickClock : public Clock {
 public:
  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  void Sleep(absl::Duration duration) override {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
};

// A chat completion with these words.
std::string Says(std::string_view content) {
  const nlohmann::json message = {{"message", {{"role", "assistant"}, {"content", content}}}};
  return FakeWebServer::Http(200, nlohmann::json({{"choices", {message}}}).dump());
}

CheckResult Voted(bool holds, Votes votes) {
  CheckResult result = PassIf(holds);
  result.votes = votes;
  return result;
}

class JudgeTest : public testing::Test {
 protected:
  JudgeTest() {
    options_.url = service_.url() + "/v1";
    options_.model = "model";
    options_.prompt = std::string(DefaultJudgePrompt());
  }

  CheckResult Decide(std::string_view response = "text") {
    if (judge_ == nullptr) judge_ = std::make_shared<Judge>(options_, clock_);
    return judge_->Decide("It is kind.", response);
  }

  absl::Duration waited() const { return clock_.Now() - absl::UnixEpoch(); }

  FakeWebServer service_{Says("YES")};
  QuickClock clock_;
  JudgeOptions options_;
  std::shared_ptr<Judge> judge_;
};

TEST_F(JudgeTest, TakesTheFirstWordOfTheAnswer) {
  for (const char* yes : {"YES", "yes.", "**Yes**, it is", "\n Yes\n"}) {
    service_.Script(Says(yes));
    EXPECT_EQ(Decide(yes), Voted(true, {.asked = 1, .yes = 1})) << yes;
  }
  for (const char* no : {"NO", "No, since ..."}) {
    service_.Script(Says(no));
    EXPECT_EQ(Decide(no), Voted(false, {.asked = 1})) << no;
  }
  for (const char* neither : {"Yesterday", "I think so: YES", "", "?"}) {
    service_.Script(Says(neither));
    EXPECT_EQ(Decide(absl::StrCat("x", neither)).verdict, Verdict::kUndecidable) << neither;
  }
}

TEST_F(JudgeTest, PutsCriterionAndResponseInAndNothingIntoThem) {
  options_.prompt = "A {criterion} B {response} C";
  EXPECT_EQ(Decide("{criterion} \xff\"").verdict, Verdict::kPass);
  const auto request = nlohmann::json::parse(service_.requests().at(0));
  EXPECT_EQ(request["model"], "model");
  EXPECT_EQ(request["messages"][0]["content"], "A It is kind. B {criterion} \xEF\xBF\xBD\" C");
}

TEST_F(JudgeTest, TriesAgainAfterWhatMayPass) {
  service_.Script(FakeWebServer::Http(500, "oops"));
  service_.Script(FakeWebServer::Http(429, "", "Retry-After: 7\r\n"));
  service_.Script("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"cho");
  EXPECT_EQ(Decide(), Voted(true, {.asked = 1, .yes = 1}));
  EXPECT_EQ(service_.requests().size(), 4u);
  EXPECT_GE(waited(), absl::Seconds(7));
}

TEST_F(JudgeTest, IsUndecidableWhenItsAttemptsAreUsedUp) {
  options_.retry.max_attempts = 2;
  for (int i = 0; i < 2; ++i) service_.Script(FakeWebServer::Http(503, ""));
  const CheckResult result = Decide();
  EXPECT_EQ(result.verdict, Verdict::kUndecidable);
  EXPECT_THAT(result.reason, HasSubstr("answers with status 503"));
  EXPECT_EQ(service_.requests().size(), 2u);
}

TEST_F(JudgeTest, DoesNotRepeatWhatWillNotPass) {
  options_.key = "secret";
  service_.Script(FakeWebServer::Http(401, "no such key"));
  const CheckResult result = Decide();
  EXPECT_THAT(result.reason, HasSubstr("status 401"));
  EXPECT_THAT(result.reason, Not(HasSubstr("secret")));
  EXPECT_EQ(service_.requests().size(), 1u);
}

TEST_F(JudgeTest, GivesUpOnAServiceThatIsTooSlow) {
  options_.timeout = absl::Milliseconds(50);
  options_.retry.max_attempts = 1;
  service_.ScriptSilence();
  EXPECT_THAT(Decide().reason, HasSubstr("Timeout"));
}

TEST_F(JudgeTest, IsUndecidableAfterAMalformedAnswer) {
  for (const char* body : {"{", "[]", R"({"choices": []})", R"({"choices": [{"message": {}}]})"}) {
    service_.Script(FakeWebServer::Http(200, body));
    EXPECT_THAT(Decide().reason, HasSubstr("not a chat completion")) << body;
  }
  service_.Script(FakeWebServer::Http(200, std::string(3 << 20, ' ')));
  EXPECT_THAT(Decide().reason, HasSubstr("1 MiB"));
}

TEST_F(JudgeTest, AsksUntilEnoughVotesAgreeOrNoLongerCan) {
  options_.votes = 5;
  options_.agreeing = 3;
  for (const char* vote : {"YES", "NO", "YES", "YES"}) service_.Script(Says(vote));
  EXPECT_EQ(Decide("a"), Voted(true, {.asked = 4, .yes = 3}));
  EXPECT_EQ(service_.requests().size(), 4u);
  options_.agreeing = 4;
  judge_ = nullptr;
  for (const char* vote : {"YES", "NO", "YES", "NO"}) service_.Script(Says(vote));
  const CheckResult split = Decide("b");
  EXPECT_THAT(split.reason, HasSubstr("split: 2 yes, 2 no"));
  EXPECT_EQ(split.votes, (Votes{.asked = 4, .yes = 2}));
  EXPECT_EQ(service_.requests().size(), 8u);
}

TEST_F(JudgeTest, CountsAnAnswerThatIsNeitherAsAVoteThatWasAskedFor) {
  options_.votes = 3;
  options_.agreeing = 2;
  for (const char* vote : {"YES", "perhaps", "YES"}) service_.Script(Says(vote));
  EXPECT_EQ(Decide(), Voted(true, {.asked = 3, .yes = 2}));
}

TEST_F(JudgeTest, RemembersDecidedVerdictsAlone) {
  service_.Script(Says("perhaps"));
  EXPECT_EQ(Decide().verdict, Verdict::kUndecidable);
  service_.Script(Says("NO"));
  EXPECT_EQ(Decide(), Voted(false, {.asked = 1}));
  EXPECT_EQ(Decide(), Voted(false, {.asked = 1}));
  EXPECT_EQ(service_.requests().size(), 2u);
}

TEST_F(JudgeTest, ForgetsTheVerdictUsedLongestAgo) {
  options_.cached = 2;
  for (const char* response : {"a", "b", "a", "c"}) Decide(response);
  EXPECT_EQ(service_.requests().size(), 3u);
  Decide("a");
  EXPECT_EQ(service_.requests().size(), 3u);
  Decide("b");
  EXPECT_EQ(service_.requests().size(), 4u);
}

TEST_F(JudgeTest, AsksEqualQuestionsOfOneTimeOnce) {
  judge_ = std::make_shared<Judge>(options_, clock_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(Decide(), Voted(true, {.asked = 1, .yes = 1})); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(service_.requests().size(), 1u);
}

TEST_F(JudgeTest, KeepsToItsRequestsPerSecond) {
  options_.requests_per_second = 2;
  for (const char* response : {"a", "b", "c"}) Decide(response);
  EXPECT_EQ(waited(), absl::Seconds(1));
}

TEST_F(JudgeTest, DecidesItsKindOfConstraint) {
  judge_ = std::make_shared<Judge>(options_, clock_);
  CheckerRegistry registry;
  RegisterKinds(registry);
  EnableJudge(registry, judge_);
  const auto checker = registry.Create("judge:criterion", {{"criterion", "It is kind."}});
  ASSERT_TRUE(checker.ok()) << checker.status();
  EXPECT_TRUE((*checker)->waits());
  EXPECT_EQ((*checker)->Check(ResponseText::FromUtf8("\u00e9")),
            Voted(true, {.asked = 1, .yes = 1}));
  EXPECT_THAT(service_.requests().at(0), HasSubstr("\u00e9"));
  EXPECT_FALSE(registry.Create("judge:criterion", {{"criterion", ""}}).ok());
}

TEST(JudgeOptions, NamesTheFlagThatIsOutOfRange) {
  JudgeOptions options;
  options.prompt = std::string(DefaultJudgePrompt());
  const auto message = [&options] { return std::string(Validate(options).message()); };
  EXPECT_THAT(message(), HasSubstr("--judge-url"));
  options.url = "http://127.0.0.1:1/v1";
  EXPECT_THAT(message(), HasSubstr("--judge-model"));
  options.model = "model";
  EXPECT_EQ(message(), "");
  options.votes = 2;
  EXPECT_THAT(message(), HasSubstr("--judge-agreeing can't be 1"));
  options.agreeing = 2;
  EXPECT_EQ(message(), "");
  options.prompt = "{response}";
  EXPECT_THAT(message(), HasSubstr("has no {criterion}"));
}

}  // namespace
}  // namespace hir::remote
