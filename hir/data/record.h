// One instruction of a data set. docs/data.md describes the line of JSON that holds it.
#ifndef HIR_DATA_RECORD_H_
#define HIR_DATA_RECORD_H_

#include <string>

#include "absl/status/statusor.h"
#include "hir/domain/instruction.h"
#include "nlohmann/json.hpp"

namespace hir {

// Readers leave null members out of the arguments.
struct InstructionRecord : Instruction {
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
