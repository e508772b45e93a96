// With which numbers and where a model computes, as configurations and flags say it.
#ifndef HIR_BASE_COMPUTE_CHOICES_H_
#define HIR_BASE_COMPUTE_CHOICES_H_

#include "hir/base/enum_words.h"

namespace hir {

enum class Dtype { kBf16, kF32 };

template <>
inline constexpr auto kEnumWords<Dtype> = std::to_array<EnumWord<Dtype>>({{Dtype::kBf16, "bf16"},
                                                                          {Dtype::kF32, "f32"}});

enum class DeviceChoice {
  kAuto,  // The best that the program can use on its machine.
  kCpu,
  kCuda,
};

template <>
inline constexpr auto kEnumWords<DeviceChoice> = std::to_array<EnumWord<DeviceChoice>>(
    {{DeviceChoice::kAuto, "auto"}, {DeviceChoice::kCpu, "cpu"}, {DeviceChoice::kCuda, "cuda"}});

}  // namespace hir

#endif  // HIR_BASE_COMPUTE_CHOICES_H_
