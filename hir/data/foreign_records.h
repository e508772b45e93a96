// Instruction records as other projects publish them.
#ifndef HIR_DATA_FOREIGN_RECORDS_H_
#define HIR_DATA_FOREIGN_RECORDS_H_

#include "absl/status/statusor.h"
#include "hir/data/record.h"
#include "nlohmann/json.hpp"

namespace hir {

// IFEval and IF-RLVR: `prompt`, `instruction_id_list`, `kwargs` (one object or null for each id),
// optional `key`. The prompt tells the constraints, so prompt_is_complete is set and texts are
// empty. INVALID_ARGUMENT names the field. REQUIRES: `line` is an object.
absl::StatusOr<InstructionRecord> ParseIfEvalRecord(const nlohmann::json& line);

// HIR-16K as published: `prompt` (a text, or chat messages whose last user turn counts), optional
// `question` (the bare task), `source`, `criteria` (texts), `ground_truth` (an object, or its JSON
// as text), optional `id`. Constraint i has the text criteria[i] and
//
//   type1, type2  instruction_id_list[i] with kwargs[i]
//   type3         muldimif:<first level>/<second level> with {"text": third}
//   type4         python:check_following with the function's source, where checker[i] begins with
//                 [rule]; judge:criterion with what follows [llm] there
//
// A prompt that holds every criterion word for word is complete; otherwise the layout is 3.
// The code in type4 records is data here; only a sandbox of the verifier runs it. REQUIRES: `line` is an object.
absl::StatusOr<InstructionRecord> ParseHir16kRecord(const nlohmann::json& line);

}  // namespace hir

#endif  // HIR_DATA_FOREIGN_RECORDS_H_
