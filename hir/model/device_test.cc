#include "hir/model/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(ChooseDevice, AutoIsAGpuWhereThereIsOne) {
  EXPECT_EQ(ChooseDevice(DeviceChoice::kAuto, 0).value(), at::Device(at::kCPU));
  EXPECT_EQ(ChooseDevice(DeviceChoice::kAuto, 1).value(), at::Device(at::kCUDA, 0));
}

TEST(ChooseDevice, TheCpuIsAlwaysThere) {
  EXPECT_EQ(ChooseDevice(DeviceChoice::kCpu, 0).value(), at::Device(at::kCPU));
  EXPECT_EQ(ChooseDevice(DeviceChoice::kCpu, 8).value(), at::Device(at::kCPU));
}

TEST(ChooseDevice, CudaWithoutAGpuIsRefusedAndSaysWhatToDo) {
  EXPECT_EQ(ChooseDevice(DeviceChoice::kCuda, 1).value(), at::Device(at::kCUDA, 0));
  const absl::Status status = ChooseDevice(DeviceChoice::kCuda, 0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.device is \"cuda\""));
  EXPECT_THAT(std::string(status.message()), HasSubstr("set it to \"auto\" or \"cpu\""));
}

TEST(ChooseDevice, ProcessesOfAMachineShareItsGpusRoundRobin) {
  for (int rank = 0; rank < 7; ++rank) {
    EXPECT_EQ(ChooseDevice(DeviceChoice::kAuto, 3, rank).value().index(), rank % 3);
  }
}

TEST(ChooseDevice, TheGpusThatAreCountedCanBeUsed) { EXPECT_EQ(CountGpus() > 0, at::hasCUDA()); }

}  // namespace
}  // namespace hir
