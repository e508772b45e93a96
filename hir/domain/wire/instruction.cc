#include "hir/domain/wire/instruction.h"

#include "hir/domain/wire/constraint.h"

namespace hir {

// A layout has the same number in records, in the run folder and on the wire.
static_assert(static_cast<int>(Layout::kSpace) == common::v1::LAYOUT_SPACE);
static_assert(static_cast<int>(Layout::kLines) == common::v1::LAYOUT_LINES);

common::v1::Instruction ToProto(const Instruction& instruction) {
  common::v1::Instruction proto;
  proto.set_source_id(instruction.source_id);
  proto.set_question(instruction.question);
  proto.set_layout(static_cast<common::v1::Layout>(instruction.layout));
  proto.set_prompt_is_complete(instruction.prompt_is_complete);
  for (const Constraint& constraint : instruction.constraints) {
    *proto.add_constraints() = ToProto(constraint);
  }
  return proto;
}

Instruction FromProto(const common::v1::Instruction& instruction) {
  Instruction result = {.source_id = instruction.source_id(),
                        .question = instruction.question(),
                        .layout = static_cast<Layout>(instruction.layout()),
                        .prompt_is_complete = instruction.prompt_is_complete()};
  for (const common::v1::Constraint& constraint : instruction.constraints()) {
    result.constraints.push_back(FromProto(constraint));
  }
  return result;
}

}  // namespace hir
