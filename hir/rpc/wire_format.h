// The number of the format in which the programs of HiR talk to each other over gRPC.
//
// Each channel names it in its user agent, as the product "hir-wire/1" (RFC 9110, 10.1.5); each
// server refuses calls that name another number, before a handler sees them. A caller that names
// none is not one of our programs and speaks for itself by the version of the .proto package that
// it calls: the examples in Python, grpcurl, probes.
#ifndef HIR_RPC_WIRE_FORMAT_H_
#define HIR_RPC_WIRE_FORMAT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hir {

// Raise it with any change that lets a program and one of the version before misunderstand each
// other: what a field means, what a call may be asked for, in which order messages come. A field
// that the other side may ignore is no such change.
inline constexpr int kWireFormat = 1;

// What our channels put before gRPC's own user agent.
std::string WireProduct();

// FAILED_PRECONDITION: `user_agent` names another number than kWireFormat; the sentence has both
// and says what to do.
absl::Status CheckWireFormat(absl::string_view user_agent);

}  // namespace hir

#endif  // HIR_RPC_WIRE_FORMAT_H_
