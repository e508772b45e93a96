#include "services/replay/task_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "services/replay/fake_response_decoder.h"
#include "services/replay/sample_records.h"

namespace hir {
namespace {

using common::v1::ScoredResponse;
using ::testing::HasSubstr;

// Task 4 of step 2 in a run whose newest weights are version 1 of incarnation 3.
struct Ledger {
  Ledger() {
    *task.mutable_task() = MakeTask(4, 2);
    task.add_prompt_token_ids(1);
    task.add_prompt_token_ids(2);
    context.wanted = true;
    context.incarnation = 3;
    context.newest = {.incarnation = 3, .version = 1, .digest = "w1"};
    context.digests = {"w1"};
    config.name = "run";
  }

  ScoredResponse Honest() const {
    ScoredResponse scored = MakeScored(task, 1, "pfu", 0.5);
    scored.mutable_response()->mutable_versions(0)->mutable_weights()->set_incarnation(3);
    scored.mutable_response()->mutable_versions(0)->mutable_weights()->set_digest("w1");
    return scored;
  }

  absl::Status Check(const ScoredResponse& scored) const {
    return CheckAgainstTask(
        scored,
        {.task = task, .context = context, .config = config, .limits = limits, .decoder = decoder});
  }

  replay::v1::LeasedTask task;
  SampleContext context;
  RunConfig config;
  ModelLimits limits = {.vocabulary = 512, .context = 16};
  FakeResponseDecoder decoder;
};

common::v1::WeightsId& Weights(ScoredResponse& scored) {
  return *scored.mutable_response()->mutable_versions(0)->mutable_weights();
}

TEST(CheckAgainstTask, TakesAnHonestResponse) {
  const Ledger ledger;
  EXPECT_EQ(ledger.Check(ledger.Honest()), absl::OkStatus());
}

TEST(CheckAgainstTask, TakesTheLastTokenOfTheVocabularyAndTheWholeContext) {
  Ledger ledger;
  ledger.limits = {.vocabulary = 103, .context = 5};
  EXPECT_EQ(ledger.Check(ledger.Honest()), absl::OkStatus());
}

TEST(CheckAgainstTask, TakesTheModelFoldersWeightsOfAnyLearnerAndOfNone) {
  Ledger ledger;
  ledger.context.digests = {""};
  ScoredResponse scored = ledger.Honest();
  Weights(scored).set_version(0);
  Weights(scored).set_incarnation(0);
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());
  ledger.context.digests = {"w1"};
  Weights(scored).set_incarnation(3);
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());
}

TEST(CheckAgainstTask, TakesWeightsOfAnEarlierLearnerThatWerePublished) {
  const Ledger ledger;
  ScoredResponse scored = ledger.Honest();
  Weights(scored).set_incarnation(2);
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());
}

// A worker may have fetched them before the learner recorded them.
TEST(CheckAgainstTask, TakesWeightsThatTheNewestLearnerIsAboutToRecord) {
  Ledger ledger;
  ledger.context.digests = {""};
  ledger.context.newest = {.incarnation = 3, .version = 0};
  EXPECT_EQ(ledger.Check(ledger.Honest()), absl::OkStatus());
  ledger.context.newest = {.incarnation = 2, .version = 1};
  EXPECT_EQ(ledger.Check(ledger.Honest()), absl::OkStatus());
}

struct Lie {
  const char* message;
  std::function<void(ScoredResponse&)> apply;
};

class Lies : public ::testing::TestWithParam<Lie> {};

TEST_P(Lies, AreRefusedByName) {
  const Ledger ledger;
  ScoredResponse scored = ledger.Honest();
  GetParam().apply(scored);
  const absl::Status status = ledger.Check(scored);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
  EXPECT_THAT(std::string(status.message()), HasSubstr("sample 4/1"));
}

INSTANTIATE_TEST_SUITE_P(
    Each, Lies,
    ::testing::Values(
        Lie{"has another instruction than its task",
            [](auto& s) {
              s.mutable_response()->mutable_instruction()->mutable_constraints()->RemoveLast();
            }},
        Lie{"has another instruction than its task",
            [](auto& s) {
              s.mutable_response()->mutable_instruction()->mutable_constraints(0)->set_kind("easy");
            }},
        Lie{"has another instruction than its task",
            [](auto& s) { s.mutable_response()->clear_instruction(); }},
        Lie{"has other prompt_token_ids than its task",
            [](auto& s) { s.mutable_response()->set_prompt_token_ids(1, 3); }},
        Lie{"has other prompt_token_ids than its task",
            [](auto& s) { s.mutable_response()->add_prompt_token_ids(3); }},
        Lie{"has token 1000000, outside [0, 512)",
            [](auto& s) { s.mutable_response()->set_token_ids(0, 1'000'000); }},
        Lie{"has token 512, outside [0, 512)",
            [](auto& s) { s.mutable_response()->set_token_ids(2, 512); }},
        Lie{"has token -1, outside", [](auto& s) { s.mutable_response()->set_token_ids(0, -1); }},
        Lie{"has 17 tokens with its prompt, but the model's context is 16",
            [](auto& s) {
              while (s.response().token_ids_size() < 15) s.mutable_response()->add_token_ids(5);
            }},
        Lie{"has 1025 token_ids, but rollout.max_response_tokens is 1024",
            [](auto& s) {
              while (s.response().token_ids_size() < 1025) s.mutable_response()->add_token_ids(5);
            }},
        Lie{"has another text than its token_ids make",
            [](auto& s) { s.mutable_response()->set_text(std::string(5'000'000, 'x')); }},
        Lie{"has another text than its token_ids make",
            [](auto& s) { s.mutable_response()->set_text("dee"); }},
        Lie{"has another text than its token_ids make",
            [](auto& s) { s.mutable_response()->set_text("def "); }},
        Lie{"has another text than its token_ids make",
            [](auto& s) { s.mutable_response()->clear_text(); }},
        Lie{"has another text than its token_ids make",
            [](auto& s) { s.mutable_response()->set_token_ids(0, 'x'); }},
        Lie{"has entropy 1e+308",
            [](auto& s) { s.mutable_response()->set_entropy_mean_nats(1e308); }},
        Lie{"has entropy 6.3", [](auto& s) { s.mutable_response()->set_entropy_mean_nats(6.3); }},
        Lie{"has an entropy that is sampled, but hindsight.entropy_source is exact",
            [](auto& s) {
              s.mutable_response()->set_entropy_source(common::v1::ENTROPY_SOURCE_SAMPLED);
            }},
        Lie{"was sampled with other settings",
            [](auto& s) { s.mutable_response()->mutable_sampling()->set_temperature(0); }},
        Lie{"was sampled with other settings",
            [](auto& s) { s.mutable_response()->mutable_sampling()->set_seed(7); }},
        Lie{"names reasoning_end \"mark\"",
            [](auto& s) { s.mutable_response()->set_reasoning_end("mark"); }},
        Lie{"weights of another run", [](auto& s) { Weights(s).set_run("other"); }},
        Lie{"drawn with weights of incarnation 3, version -9223372036854775808",
            [](auto& s) { Weights(s).set_version(std::numeric_limits<int64_t>::min()); }},
        Lie{"is for step 2, but was drawn with weights of incarnation 3, version 2",
            [](auto& s) { Weights(s).set_version(2); }},
        Lie{"version 9223372036854775807",
            [](auto& s) { Weights(s).set_version(std::numeric_limits<int64_t>::max()); }},
        Lie{"which were not published in this run",
            [](auto& s) { Weights(s).set_digest("forged"); }}));

// As with rollout.swap: keep.
TEST(CheckAgainstTask, AllWeightsOfAResponseAreHeldAgainstTheLedger) {
  Ledger ledger;
  ledger.context.digests = {"w1", "w1"};
  ScoredResponse scored = ledger.Honest();
  common::v1::VersionSpan& second = *scored.mutable_response()->add_versions();
  second = scored.response().versions(0);
  second.set_first_token(1);
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());
  second.mutable_weights()->set_digest("forged");
  EXPECT_THAT(std::string(ledger.Check(scored).message()), HasSubstr("were not published"));
  second.mutable_weights()->set_version(2);
  EXPECT_THAT(std::string(ledger.Check(scored).message()), HasSubstr("is for step 2"));
}

TEST(CheckAgainstTask, ASampledEntropyIsTheOneThatItsLogProbabilitiesMake) {
  Ledger ledger;
  ledger.config.hindsight.entropy_source = EntropySource::kSampled;
  ScoredResponse scored = ledger.Honest();
  common::v1::Response& response = *scored.mutable_response();
  EXPECT_THAT(std::string(ledger.Check(scored).message()),
              HasSubstr("has an entropy that is exact, but hindsight.entropy_source is sampled"));
  response.set_entropy_source(common::v1::ENTROPY_SOURCE_SAMPLED);
  for (float& logprob : *response.mutable_logprobs()) logprob = -20;
  response.set_entropy_mean_nats(0.5);
  EXPECT_THAT(std::string(ledger.Check(scored).message()),
              HasSubstr("has entropy 0.5; its logprobs make 20"));
  // Above the logarithm of the vocabulary: the tokens drawn were all unlikely.
  response.set_entropy_mean_nats(20);
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());
}

// Special tokens, such as the end of the turn.
TEST(CheckAgainstTask, TokensWithoutTextChangeNothingOfIt) {
  const Ledger ledger;
  ScoredResponse scored = ledger.Honest();
  scored.mutable_response()->set_token_ids(2, 300);
  scored.mutable_response()->set_text("de");
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());
}

TEST(CheckAgainstTask, TheMarkIsTheRunsUnlessThePromptEndsWithIt) {
  Ledger ledger;
  ledger.config.model.reasoning_end = "!";
  ScoredResponse scored = ledger.Honest();
  EXPECT_THAT(std::string(ledger.Check(scored).message()),
              HasSubstr("names reasoning_end \"\", but in its run its prompt awaits \"!\""));
  scored.mutable_response()->set_reasoning_end("!");
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());

  ledger.task.add_prompt_token_ids('!');
  scored.mutable_response()->add_prompt_token_ids('!');
  EXPECT_THAT(std::string(ledger.Check(scored).message()), HasSubstr("prompt awaits \"\""));
  scored.mutable_response()->clear_reasoning_end();
  EXPECT_EQ(ledger.Check(scored), absl::OkStatus());
}

TEST(CheckAgainstTask, RefusesWeightsThatNoLearnerPublished) {
  Ledger ledger;
  ledger.context.digests = {""};
  ScoredResponse scored = ledger.Honest();
  // Version 1 of the newest incarnation is recorded, so the ledger would know these weights.
  EXPECT_THAT(std::string(ledger.Check(scored).message()), HasSubstr("were not published"));
  for (const uint64_t incarnation : {uint64_t{0}, uint64_t{2}, uint64_t{4}, ~uint64_t{0}}) {
    Weights(scored).set_incarnation(incarnation);
    EXPECT_THAT(std::string(ledger.Check(scored).message()), HasSubstr("were not published"))
        << incarnation;
  }
}

}  // namespace
}  // namespace hir
