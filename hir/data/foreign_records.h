// Instruction records in the forms that other projects publish.
#ifndef HIR_DATA_FOREIGN_RECORDS_H_
#define HIR_DATA_FOREIGN_RECORDS_H_

#include "absl/status/statusor.h"
#include "hir/data/record.h"
#include "nlohmann/json.hpp"

namespace hir {

// How to treat a record that states its constraints in its prompt.
enum class StoredPrompt {
  kTakeApart,  // For training: separate question and constraints if possible.
  kKeep,       // For evaluation: keep the prompt as stored.
};

// Each function reads one record. INVALID_ARGUMENT names the field and what is wrong with it.
// REQUIRES: `line` is an object.
//
// A prompt that is a chat must have one user turn, optionally after a system turn; answers after it
// are ignored. Records whose prompt is not taken apart have prompt_is_complete, and whole_because
// says why.

// IFEval: `prompt`, `instruction_id_list`, `kwargs` (one object or null for each id), optional
// `key`. Constraints have no texts.
absl::StatusOr<InstructionRecord> ParseIfEvalRecord(const nlohmann::json& line);

// IF-RLVR and RLVR-IFeval: `messages` (or `prompt`), `ground_truth` (ground_truth.h), `constraint`
// (the demands, all in one text, or a list of them), optional `key` or `id`.
absl::StatusOr<InstructionRecord> ParseIfRlvrRecord(const nlohmann::json& line, StoredPrompt use);

// verl's rows: `prompt`, `reward_model` with `ground_truth` in it, optional `extra_info`, which has
// `index`, the id. `criteria` or `constraint` may be in it or beside it. Rows of HiR's authors also
// have `question`, the bare task, and `q_type`, the layout ("type1" to "type6"), there.
absl::StatusOr<InstructionRecord> ParseVerlRecord(const nlohmann::json& line, StoredPrompt use);

// MulDimIF: `conversations`, `constraints` (triples, whose third is the text), optional `id`.
absl::StatusOr<InstructionRecord> ParseMulDimIfRecord(const nlohmann::json& line, StoredPrompt use);

// HIR-16K: `source` (type1 to type4), `prompt`, optional `question` (the bare task), `criteria`
// (texts), `ground_truth` (ground_truth.h), optional `id`. Constraint i has the text criteria[i].
absl::StatusOr<InstructionRecord> ParseHir16kRecord(const nlohmann::json& line, StoredPrompt use);

}  // namespace hir

#endif  // HIR_DATA_FOREIGN_RECORDS_H_
