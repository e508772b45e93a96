// Instructions on the wire.
#ifndef HIR_DOMAIN_WIRE_INSTRUCTION_H_
#define HIR_DOMAIN_WIRE_INSTRUCTION_H_

#include "hir/common/v1/common.pb.h"
#include "hir/domain/instruction.h"

namespace hir {

common::v1::Instruction ToProto(const Instruction& instruction);
// Of an instruction that was checked when it came in. The layout's number is taken as it is: an
// instruction whose prompt is complete may have none.
Instruction FromProto(const common::v1::Instruction& instruction);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_INSTRUCTION_H_
