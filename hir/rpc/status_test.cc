#include "hir/rpc/status.h"

#include "gtest/gtest.h"

namespace hir {
namespace {

class StatusCodes : public ::testing::TestWithParam<int> {};

TEST_P(StatusCodes, KeepCodeAndMessageBothWays) {
  const absl::Status status(static_cast<absl::StatusCode>(GetParam()), "why");
  const grpc::Status wire = ToGrpc(status);
  EXPECT_EQ(static_cast<int>(wire.error_code()), GetParam());
  EXPECT_EQ(FromGrpc(wire), status);
}

INSTANTIATE_TEST_SUITE_P(All, StatusCodes, ::testing::Range(1, 17));

TEST(StatusConversion, KeepsOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

}  // namespace
}  // namespace hir
