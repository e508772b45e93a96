#include "hir/generate/make_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hir/generate/open_engine.h"
#include "hir/model/device.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

EngineOptions Options(DeviceChoice device, bool deterministic) {
  return {.dtype = Dtype::kF32,
          .device = device,
          .max_running_sequences = 4,
          .deterministic = deterministic};
}

TEST(DeviceFor, AutoIsAGpuWhereThereIsOne) {
  EXPECT_TRUE(DeviceFor(Options(DeviceChoice::kAuto, false), 0).value().is_cpu());
  EXPECT_TRUE(DeviceFor(Options(DeviceChoice::kAuto, false), 2).value().is_cuda());
}

TEST(DeviceFor, DeterministicGenerationIsRefusedOnAGpu) {
  EXPECT_TRUE(DeviceFor(Options(DeviceChoice::kAuto, true), 0).ok());
  EXPECT_TRUE(DeviceFor(Options(DeviceChoice::kCpu, true), 2).ok());
  for (const DeviceChoice device : {DeviceChoice::kAuto, DeviceChoice::kCuda}) {
    const absl::Status status = DeviceFor(Options(device, true), 2).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("rollout.deterministic needs the CPU"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("set model.device to \"cpu\""));
  }
}

// A folder without a model shows that the device is checked first.
TEST(OpenLocalEngine, CudaWithoutAGpuIsRefusedBeforeTheModelIsLoaded) {
  if (CountGpus() > 0) GTEST_SKIP() << "there is a GPU";
  const absl::Status status =
      OpenLocalEngine("/no/model", "run", Options(DeviceChoice::kCuda, false)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.device is \"cuda\""));
}

}  // namespace
}  // namespace hir
