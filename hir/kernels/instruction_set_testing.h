// Tests that run once per instruction set; those that this processor lacks are skipped.
#ifndef HIR_KERNELS_INSTRUCTION_SET_TESTING_H_
#define HIR_KERNELS_INSTRUCTION_SET_TESTING_H_

#include <string>

#include "gtest/gtest.h"
#include "hir/kernels/dispatch.h"

namespace hir::kernels {

inline std::string NameOf(InstructionSet set) {
  switch (set) {
    case InstructionSet::kBase:
      return "Base";
    case InstructionSet::kAvx2:
      return "Avx2";
    case InstructionSet::kAvx512:
      return "Avx512";
    case InstructionSet::kAvx512Bf16:
      return "Avx512Bf16";
  }
  return "Unknown";
}

class InstructionSetTest : public ::testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (!IsSupported(GetParam())) GTEST_SKIP() << "this processor lacks " << NameOf(GetParam());
  }
};

inline auto EveryInstructionSet() {
  return ::testing::Values(InstructionSet::kBase, InstructionSet::kAvx2, InstructionSet::kAvx512,
                           InstructionSet::kAvx512Bf16);
}

inline std::string NameOfSet(const ::testing::TestParamInfo<InstructionSet>& info) {
  return NameOf(info.param);
}

}  // namespace hir::kernels

#endif  // HIR_KERNELS_INSTRUCTION_SET_TESTING_H_
