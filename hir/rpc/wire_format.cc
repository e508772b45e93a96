#include "hir/rpc/wire_format.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace hir {
namespace {

constexpr absl::string_view kProduct = "hir-wire/";

}  // namespace

std::string WireProduct() { return absl::StrCat(kProduct, kWireFormat); }

absl::Status CheckWireFormat(absl::string_view user_agent) {
  for (absl::string_view product : absl::StrSplit(user_agent, ' ')) {
    if (!absl::ConsumePrefix(&product, kProduct) || product == absl::StrCat(kWireFormat)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "the caller speaks wire format ", product, " but the service that it calls speaks format ",
        kWireFormat, "; run every program of a ring from the same version of HiR"));
  }
  return absl::OkStatus();
}

}  // namespace hir
