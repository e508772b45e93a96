// Instructions on the wire.
#ifndef HIR_DOMAIN_WIRE_INSTRUCTION_H_
#define HIR_DOMAIN_WIRE_INSTRUCTION_H_

#include "hir/common/v1/common.pb.h"
#include "hir/domain/instruction.h"

namespace hir {

common::v1::Instruction ToProto(const Instruction& instruction);
// REQUIRES: the instruction was checked when it was received. The layout's number is not checked:
// an instruction with prompt_is_complete may have 0.
Instruction FromProto(const common::v1::Instruction& instruction);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_INSTRUCTION_H_
