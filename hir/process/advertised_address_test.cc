#include "hir/process/advertised_address.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(AdvertisedAddress, IsTheHostOfListenWithThePortThatWasTaken) {
  EXPECT_EQ(AdvertisedAddress("", "10.0.0.7:0", 4711).value(), "10.0.0.7:4711");
  EXPECT_EQ(AdvertisedAddress("", "[fe80::1]:0", 4711).value(), "[fe80::1]:4711");
}

TEST(AdvertisedAddress, IsListenWhenThereIsNoPort) {
  EXPECT_EQ(AdvertisedAddress("", "unix:/run/hir", 0).value(), "unix:/run/hir");
  EXPECT_EQ(AdvertisedAddress("", "10.0.0.7:0", 0).value(), "10.0.0.7:0");
}

TEST(AdvertisedAddress, IsWhatAdvertiseSays) {
  EXPECT_EQ(AdvertisedAddress("worker-3:80", "0.0.0.0:0", 4711).value(), "worker-3:80");
}

TEST(AdvertisedAddress, WantsAdvertiseWhenListenNamesNoHost) {
  for (const char* listen : {"0.0.0.0:80", "[::]:80", ":80", "*:80"}) {
    const auto address = AdvertisedAddress("", listen, 80);
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument) << listen;
    EXPECT_THAT(address.status().message(), testing::HasSubstr("--advertise"));
  }
}

}  // namespace
}  // namespace hir
