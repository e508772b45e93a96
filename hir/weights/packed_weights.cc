#include "hir/weights/packed_weights.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/sha256.h"

namespace hir {

absl::StatusOr<uint64_t> TotalBytes(absl::Span<const PackedTensor> tensors) {
  constexpr uint64_t kLimit = uint64_t{1} << 62;
  uint64_t total = 0;
  for (const PackedTensor& tensor : tensors) {
    if (tensor.dtype != "BF16" && tensor.dtype != "F32") {
      return absl::InvalidArgumentError(absl::StrCat("tensor ", tensor.name, " has type \"",
                                                     tensor.dtype,
                                                     "\"; only BF16 and F32 are served"));
    }
    uint64_t bytes = tensor.dtype == "BF16" ? 2 : 4;
    for (const int64_t dimension : tensor.shape) {
      if (dimension < 0 || (dimension > 0 && bytes > kLimit / static_cast<uint64_t>(dimension))) {
        return absl::InvalidArgumentError(
            absl::StrCat("tensor ", tensor.name, " has an impossible dimension ", dimension));
      }
      bytes *= static_cast<uint64_t>(dimension);
    }
    if (bytes > kLimit - total) {
      return absl::InvalidArgumentError(
          absl::StrCat("the tensors up to ", tensor.name, " exceed ", kLimit, " bytes"));
    }
    total += bytes;
  }
  return total;
}

std::string WeightsDigest(const PackedWeights& weights) {
  return weights.known_digest.empty() ? Sha256(weights.bytes) : weights.known_digest;
}

}  // namespace hir
