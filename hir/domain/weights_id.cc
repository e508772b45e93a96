#include "hir/domain/weights_id.h"

#include <tuple>

#include "absl/strings/escaping.h"

namespace hir {

bool IsOlder(const WeightsId& a, const WeightsId& b) {
  return std::tie(a.incarnation, a.version) < std::tie(b.incarnation, b.version);
}

std::string ShortDigest(const std::string& digest) {
  return absl::BytesToHexString(digest.substr(0, 4));
}

}  // namespace hir
