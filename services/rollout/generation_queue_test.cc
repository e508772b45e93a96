#include "services/rollout/generation_queue.h"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/rollout/fake_engine.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr QuotaLimits kMany = {.in_all = 1000, .per_caller = 1000};

GenerationRequest Request(uint64_t key, uint32_t samples = 1) {
  GenerationRequest request{.key = key, .prompt = {72}, .settings = {.max_response_tokens = 3}};
  request.samples.resize(samples);
  std::iota(request.samples.begin(), request.samples.end(), 0);
  request.on_done = [](uint32_t, const absl::StatusOr<FinishedResponse>&) {};
  return request;
}

TEST(GenerationQueue, TheEngineHasNoMoreThanItsShare) {
  FakeEngine engine;
  GenerationQueue queue(engine, {.in_engine = 4, .unmade = kMany});
  ASSERT_TRUE(queue.Submit("a", Request(1, 10)).ok());
  ASSERT_TRUE(engine.AwaitRequests(1));
  EXPECT_THAT(engine.request(0).samples, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(queue.waiting(), 6);
  for (const uint32_t sample : {0, 1, 2, 3}) engine.Finish(0, sample);
  ASSERT_TRUE(engine.AwaitRequests(2));
  EXPECT_THAT(engine.request(1).samples, ElementsAre(4, 5, 6, 7));
}

TEST(GenerationQueue, CallersTakeTurns) {
  FakeEngine engine;
  GenerationQueue queue(engine, {.in_engine = 1, .unmade = kMany});
  ASSERT_TRUE(queue.Submit("greedy", Request(0)).ok());
  ASSERT_TRUE(engine.AwaitRequests(1));
  for (uint64_t key = 1; key < 100; ++key) ASSERT_TRUE(queue.Submit("greedy", Request(key)).ok());
  ASSERT_TRUE(queue.Submit("modest", Request(1000)).ok());
  ASSERT_TRUE(queue.Submit("modest", Request(1001)).ok());
  std::vector<uint64_t> keys;
  for (uint64_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(engine.AwaitRequests(i + 1));
    keys.push_back(engine.request(i).key);
    engine.Finish(i, 0);
  }
  EXPECT_THAT(keys, ElementsAre(0, 1, 1000, 2, 1001));
}

TEST(GenerationQueue, BoundsWhatIsNotMadeAndNamesTheBound) {
  FakeEngine engine;
  GenerationQueue queue(engine, {.in_engine = 4, .unmade = {.in_all = 20, .per_caller = 12}});
  ASSERT_TRUE(queue.Submit("a", Request(1, 10)).ok());
  const absl::Status refused = queue.Submit("a", Request(2, 3)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("10 of at most 12"));
  ASSERT_TRUE(queue.Submit("b", Request(3, 10)).ok());
  EXPECT_THAT(std::string(queue.Submit("c", Request(4)).status().message()),
              HasSubstr("20 of at most 20"));
}

TEST(GenerationQueue, WhatEndedMakesRoom) {
  FakeEngine engine;
  GenerationQueue queue(engine, {.in_engine = 4, .unmade = {.in_all = 2, .per_caller = 2}});
  ASSERT_TRUE(queue.Submit("a", Request(1, 2)).ok());
  ASSERT_TRUE(engine.AwaitRequests(1));
  engine.Finish(0, 0);
  engine.Finish(0, 1);
  EXPECT_TRUE(queue.Submit("a", Request(2, 2)).ok());
}

TEST(GenerationQueue, ACancelledRequestCostsNothingMore) {
  FakeEngine engine;
  GenerationQueue queue(engine, {.in_engine = 4, .unmade = kMany});
  const auto number = queue.Submit("a", Request(1, 10));
  ASSERT_TRUE(number.ok());
  ASSERT_TRUE(engine.AwaitRequests(1));
  queue.Cancel(*number);
  EXPECT_EQ(queue.waiting(), 0);
  EXPECT_TRUE(engine.AwaitCancelled(0));
  ASSERT_TRUE(queue.Submit("a", Request(2, 10)).ok());
  ASSERT_TRUE(engine.AwaitRequests(2));
  EXPECT_EQ(engine.request(1).key, 2u);
}

TEST(GenerationQueue, RefusesWhatTheEngineWouldRefuse) {
  FakeEngine engine;
  GenerationQueue queue(engine, {.in_engine = 4, .unmade = kMany});
  GenerationRequest empty = Request(1);
  empty.prompt.clear();
  EXPECT_EQ(queue.Submit("a", std::move(empty)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(GenerationQueue, TellsThatTheEngineTakesNothing) {
  FakeEngine engine;
  engine.refusal = absl::UnavailableError("stopped");
  GenerationQueue queue(engine, {.in_engine = 4, .unmade = kMany});
  absl::Mutex mutex;
  std::vector<absl::Status> told;
  GenerationRequest request = Request(1, 3);
  request.on_done = [&](uint32_t, const absl::StatusOr<FinishedResponse>& response) {
    absl::MutexLock lock(&mutex);
    told.push_back(response.status());
  };
  ASSERT_TRUE(queue.Submit("a", std::move(request)).ok());
  const auto all = [&] { return told.size() == 3; };
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&all));
  EXPECT_THAT(told, testing::Each(absl::UnavailableError("stopped")));
}

}  // namespace
}  // namespace hir
