#include "hir/domain/wire/response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::ElementsAre;

TEST(ResponseOnTheWire, ComesBackAsItWas) {
  const Response response = {.tokens = {65, 66},
                             .log_probabilities = {-0.5f, -1.5f},
                             .entropy_mean = 1.25,
                             .entropy_source = EntropySource::kSampled,
                             .finish_reason = FinishReason::kLength,
                             .spans = {{0, {.incarnation = 2, .version = 7, .run = "r"}}}};
  common::v1::Response proto;
  WriteResponse(response, proto);
  proto.set_text("AB");
  const Response back = FromProto(proto);
  EXPECT_THAT(back.tokens, ElementsAre(65, 66));
  EXPECT_THAT(back.log_probabilities, ElementsAre(-0.5f, -1.5f));
  EXPECT_EQ(back.entropy_mean, 1.25);
  EXPECT_EQ(back.entropy_source, EntropySource::kSampled);
  EXPECT_EQ(back.finish_reason, FinishReason::kLength);
  ASSERT_EQ(back.spans.size(), 1u);
  EXPECT_EQ(back.spans[0].weights, response.spans[0].weights);
  EXPECT_EQ(back.text, "AB");
}

TEST(EntropySourceOnTheWire, ComesBackAsItWasAndIsExactWhereNoneIsSaid) {
  for (const EntropySource source : {EntropySource::kExact, EntropySource::kSampled}) {
    EXPECT_EQ(FromProto(ToProto(source)), source);
  }
  EXPECT_EQ(FromProto(common::v1::Response()).entropy_source, EntropySource::kExact);
}

TEST(FinishReasonOnTheWire, ComesBackAsItWas) {
  for (const FinishReason reason : {FinishReason::kStop, FinishReason::kLength}) {
    EXPECT_EQ(FromProto(ToProto(reason)), reason);
  }
  EXPECT_STREQ(FinishReasonName(FinishReason::kStop), "stop");
  EXPECT_STREQ(FinishReasonName(FinishReason::kLength), "length");
}

}  // namespace
}  // namespace hir
