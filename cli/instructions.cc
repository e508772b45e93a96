#include "cli/instructions.h"

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/constraints/registry.h"
#include "hir/data/json_fields.h"
#include "hir/hindsight/rewriter.h"

namespace hir {

common::v1::Instruction ToProto(const InstructionRecord& record) {
  common::v1::Instruction instruction;
  instruction.set_source_id(record.id);
  instruction.set_question(record.question);
  instruction.set_layout(static_cast<common::v1::Layout>(record.layout));
  instruction.set_prompt_is_complete(record.prompt_is_complete);
  for (const ConstraintText& source : record.constraints) {
    common::v1::Constraint& constraint = *instruction.add_constraints();
    constraint.set_kind(source.kind);
    constraint.set_arguments_json(source.arguments.is_null() ? "" : source.arguments.dump());
    constraint.set_text(source.text);
  }
  return instruction;
}

std::string PromptText(const InstructionRecord& record) {
  if (record.prompt_is_complete) return record.question;
  std::vector<std::string> texts;
  for (const ConstraintText& constraint : record.constraints) texts.push_back(constraint.text);
  return ComposeInstruction(record.question, texts, static_cast<PromptLayout>(record.layout));
}

absl::StatusOr<std::vector<InstructionRecord>> ReadCheckedInstructions(
    const std::string& path, StoredPrompt use, const std::string& system_prompt,
    const RecordCheck& check) {
  const CheckerRegistry& registry = CheckerRegistry::Default();
  return ReadInstructions(
      path, use, [&](const DataPlace& place, const InstructionRecord& record) -> absl::Status {
        for (const ConstraintText& constraint : record.constraints) {
          HIR_RETURN_IF_ERROR(registry.Create(constraint.kind, constraint.arguments).status());
        }
        if (!record.system_prompt.empty() && record.system_prompt != system_prompt) {
          return absl::InvalidArgumentError(absl::StrCat(
              "the record has the system prompt ", Shown(record.system_prompt),
              "; set data.system_prompt (--system for hir eval) to the same text, or take it out"));
        }
        return check(place, record);
      });
}

}  // namespace hir
