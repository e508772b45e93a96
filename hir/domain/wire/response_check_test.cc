#include "hir/domain/wire/response_check.h"

#include <cmath>
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using common::v1::Response;
using ::testing::HasSubstr;

Response ValidResponse() {
  Response response;
  response.set_schema_version(1);
  response.mutable_id()->set_run("run");
  response.mutable_id()->set_task(4);
  response.mutable_id()->set_sample(1);
  response.add_prompt_token_ids(3);
  for (int i = 0; i < 2; ++i) {
    response.add_token_ids(i);
    response.add_logprobs(-0.5f);
    response.add_versions()->set_first_token(static_cast<uint32_t>(i));
  }
  response.set_finish_reason(common::v1::FINISH_REASON_STOP);
  return response;
}

TEST(CheckResponse, TakesAResponseAsItShouldBe) {
  EXPECT_TRUE(CheckResponse(ValidResponse()).ok());
}

TEST(CheckResponse, ForgivesRoundingBelowZeroEntropy) {
  Response response = ValidResponse();
  response.set_entropy_mean_nats(-1e-7);
  EXPECT_TRUE(CheckResponse(response).ok());
}

struct Break {
  std::string message;
  std::function<void(Response&)> apply;
};

class BrokenResponse : public testing::TestWithParam<Break> {};

TEST_P(BrokenResponse, IsRefusedByName) {
  Response response = ValidResponse();
  GetParam().apply(response);
  const absl::Status status = CheckResponse(response);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenResponse,
    testing::Values(
        Break{"the run's name is \"\"", [](Response& r) { r.mutable_id()->clear_run(); }},
        Break{"sample 4/1 has schema_version 2", [](Response& r) { r.set_schema_version(2); }},
        Break{"finish_reason 0, which is not a finish reason",
              [](Response& r) { r.clear_finish_reason(); }},
        Break{"finish_reason 99, which is not a finish reason",
              [](Response& r) { r.set_finish_reason(static_cast<common::v1::FinishReason>(99)); }},
        Break{"no prompt_token_ids", [](Response& r) { r.clear_prompt_token_ids(); }},
        Break{"no token_ids", [](Response& r) { r.clear_token_ids(); }},
        Break{"3 logprobs for 2 token_ids", [](Response& r) { r.add_logprobs(-1); }},
        Break{"a logprob that is not", [](Response& r) { r.set_logprobs(0, std::nanf("")); }},
        Break{"a logprob that is not", [](Response& r) { r.set_logprobs(0, 0.5f); }},
        Break{"a logprob that is not a number in [-150, 0]",
              [](Response& r) { r.set_logprobs(0, -3e38f); }},
        Break{"a worker of 5000000 bytes",
              [](Response& r) { r.set_worker(std::string(5'000'000, 'w')); }},
        Break{"257 versions",
              [](Response& r) {
                while (r.versions_size() < 257) r.add_versions();
              }},
        Break{"entropy -1", [](Response& r) { r.set_entropy_mean_nats(-1); }},
        Break{"entropy_source 3, which is not a source of entropies",
              [](Response& r) { r.set_entropy_source(static_cast<common::v1::EntropySource>(3)); }},
        Break{"no versions", [](Response& r) { r.clear_versions(); }},
        Break{"does not rise from 0", [](Response& r) { r.add_versions(); }},
        Break{"does not rise from 0",
              [](Response& r) { r.mutable_versions(0)->set_first_token(1); }},
        Break{"versions from token 2, but only 2 token_ids",
              [](Response& r) { r.mutable_versions(1)->set_first_token(2); }}));

}  // namespace
}  // namespace hir
