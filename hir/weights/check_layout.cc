#include "hir/weights/check_layout.h"

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/model_folder/expected_tensors.h"

namespace hir {

absl::Status CheckLayout(const PackedWeights& packed, const Architecture& architecture) {
  const auto expected = ExpectedTensors(architecture);
  if (packed.tensors.size() != expected.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the manifest has ", packed.tensors.size(),
                                                   " tensors; the model has ", expected.size()));
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const PackedTensor& tensor = packed.tensors[i];
    if (tensor.name != expected[i].first || tensor.shape != expected[i].second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "tensor ", i, " of the manifest is ", tensor.name, "; the model has ", expected[i].first,
          " there, or it has another shape: these are weights of another model"));
    }
    if (tensor.dtype != packed.tensors[0].dtype) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor ", tensor.name, " has another type than the first one"));
    }
  }
  HIR_ASSIGN_OR_RETURN(const uint64_t total, TotalBytes(packed.tensors));
  if (total != packed.bytes.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the tensors take ", total, " bytes, but ",
                                                   packed.bytes.size(), " are there"));
  }
  return absl::OkStatus();
}

}  // namespace hir
