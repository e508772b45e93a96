// What the ledger stores, read back.
#ifndef HIR_SERVICES_REPLAY_RECORDS_H_
#define HIR_SERVICES_REPLAY_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/instruction.h"
#include "hir/domain/scored_response.h"
#include "hir/domain/weights_id.h"

namespace hir {

// The weights that drew the response, oldest token first.
std::vector<WeightsId> WeightsOf(const common::v1::Response& response);

// A response to `instruction`. When there are not as many verdicts as it has constraints, which a
// verifier of another task would cause, all are undecidable: such a response teaches nothing,
// either way.
ScoredResponse FromProto(const common::v1::ScoredResponse& scored, const Instruction& instruction);

// Schema of the batches that this version freezes and reads.
inline constexpr uint32_t kBatchSchema = 2;

// INTERNAL: `found` is not the schema that this version knows; `what` names the record.
absl::Status CheckSchema(uint32_t found, uint32_t known, const char* what);

// Parses a stored payload. INTERNAL: it is no `Message`; `what` names it.
template <typename Message>
absl::StatusOr<Message> ParseStored(const std::string& payload, const char* what) {
  Message message;
  if (!message.ParseFromString(payload)) {
    return absl::InternalError(absl::StrCat("the stored ", what, " cannot be read"));
  }
  return message;
}

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_RECORDS_H_
