#include "hir/domain/wire/ids.h"

#include <gtest/gtest.h>

namespace hir {
namespace {

TEST(WeightsIdOnTheWire, ComesBackAsItWas) {
  const WeightsId id = {.incarnation = 3, .version = 7, .digest = "\x01\xff", .run = "r"};
  EXPECT_EQ(FromProto(ToProto(id)), id);
}

TEST(WeightsIdOnTheWire, TakesTheRunOfItsLedger) {
  const WeightsId id = {.incarnation = 3, .version = 7, .digest = "d"};
  EXPECT_EQ(ToProto("r", id).run(), "r");
  EXPECT_EQ(ToProto("r", id).version(), 7);
}

TEST(SampleIdOnTheWire, ComesBackAsItWas) {
  const common::v1::SampleId proto = ToProto("r", SampleId{5, 2});
  EXPECT_EQ(proto.run(), "r");
  EXPECT_EQ(FromProto(proto), (SampleId{5, 2}));
  EXPECT_EQ(NameOf(FromProto(proto)), "sample 5/2");
}

}  // namespace
}  // namespace hir
