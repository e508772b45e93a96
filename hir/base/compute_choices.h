// The number type and the device that a model computes with, as configurations and flags name them.
#ifndef HIR_BASE_COMPUTE_CHOICES_H_
#define HIR_BASE_COMPUTE_CHOICES_H_

#include "hir/base/enum_words.h"

namespace hir {

// The type of weights and activations.
enum class Dtype { kBf16, kF32 };

template <>
inline constexpr auto kEnumWords<Dtype> = std::to_array<EnumWord<Dtype>>({{Dtype::kBf16, "bf16"},
                                                                          {Dtype::kF32, "f32"}});

// Where a model computes.
enum class DeviceChoice {
  kAuto,  // A GPU if the program can use one, else the CPU.
  kCpu,
  kCuda,
};

template <>
inline constexpr auto kEnumWords<DeviceChoice> = std::to_array<EnumWord<DeviceChoice>>(
    {{DeviceChoice::kAuto, "auto"}, {DeviceChoice::kCpu, "cpu"}, {DeviceChoice::kCuda, "cuda"}});

}  // namespace hir

#endif  // HIR_BASE_COMPUTE_CHOICES_H_
