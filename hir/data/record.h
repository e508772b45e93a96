// One instruction of a data set. docs/data.md describes its line of JSON.
#ifndef HIR_DATA_RECORD_H_
#define HIR_DATA_RECORD_H_

#include <string>

#include "absl/status/statusor.h"
#include "hir/domain/instruction.h"
#include "nlohmann/json.hpp"

namespace hir {

// An instruction with what its file says besides. Readers drop null members of arguments.
struct InstructionRecord : Instruction {
  // Set only for records of other projects:
  std::string whole_because = "";  // Why a complete prompt was not taken apart; empty if unknown.
  std::string system_prompt = "";  // The system turn of the record's chat; empty = none.
  bool laid_out_anew = false;      // The prompt differs from the stored one in layout or heading.
};

// Why no failed response to this record can be replayed; empty if they can. The text is the same
// for all records of that kind.
std::string WhyNotReplayed(const InstructionRecord& record);

// One line of HiR's own JSON Lines, without the newline. Equal records give equal bytes.
std::string FormatRecord(const InstructionRecord& record);

// Reads HiR's own form. INVALID_ARGUMENT names the field and what is wrong with it.
absl::StatusOr<InstructionRecord> ParseRecord(const nlohmann::json& line);

}  // namespace hir

#endif  // HIR_DATA_RECORD_H_
