// One instruction of a data set: a question, and its constraints kept apart from it. docs/data.md
// describes the line of JSON that holds it.
#ifndef HIR_DATA_RECORD_H_
#define HIR_DATA_RECORD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

struct ConstraintText {
  std::string kind;          // Checker id, e.g. "keywords:existence".
  nlohmann::json arguments;  // JSON object; null members are left out by the readers.
  std::string text;  // The demand in words; empty when the source tells it in the prompt only.
};

struct InstructionRecord {
  std::string id;                           // The data set's own id; empty if it has none.
  std::string question;                     // UTF-8, never blank.
  std::vector<ConstraintText> constraints;  // In the order in which the prompt states them.
  int layout = 1;                           // 1..6: how question and constraints become a prompt.
  // The question already tells the constraints (IFEval-like records): the prompt is the question as
  // it is, and such a record can be trained on and evaluated, but not rewritten in hindsight.
  bool prompt_is_complete = false;
  // Only of records that other projects published:
  std::string whole_because = "";  // Why a complete prompt was not taken apart; empty if unknown.
  std::string system_prompt = "";  // What the record's chat begins with; empty = none.
  bool laid_out_anew = false;      // The prompt differs from the stored one in layout or heading.
};

// Why no failure of this record can be replayed; empty when they can. Words that are the same for
// all records of that kind.
std::string WhyNotReplayed(const InstructionRecord& record);

// One line of our own JSONL, without the newline. Equal records give equal bytes.
std::string FormatRecord(const InstructionRecord& record);

// Reads our own form. INVALID_ARGUMENT names the field and what is wrong with it.
absl::StatusOr<InstructionRecord> ParseRecord(const nlohmann::json& line);

}  // namespace hir

#endif  // HIR_DATA_RECORD_H_
