#include "hir/model/packer.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "hir/weights/check_layout.h"

namespace hir {
namespace {

// The tensor as contiguous CPU memory of `dtype`; the same tensor if it is so already.
at::Tensor Plain(const at::Tensor& tensor, at::ScalarType dtype) {
  return tensor.detach().to(at::kCPU, dtype).contiguous();
}

std::string_view BytesOf(const at::Tensor& plain) {
  return {static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()};
}

absl::StatusOr<std::string> DtypeName(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return "BF16";
  if (dtype == at::kFloat) return "F32";
  return absl::InvalidArgumentError(
      absl::StrCat("weights are served as bf16 or f32, not as ", c10::toString(dtype)));
}

}  // namespace

at::ScalarType ServedType(Dtype dtype) {
  return dtype == Dtype::kBf16 ? at::kBFloat16 : at::kFloat;
}

absl::StatusOr<PackedWeights> PackWeights(const ModelWeights& weights, at::ScalarType dtype) {
  HIR_ASSIGN_OR_RETURN(const std::string dtype_name, DtypeName(dtype));
  PackedWeights packed;
  const NamedTensors named = weights.Named();
  for (const auto& [name, tensor] : named) {
    packed.tensors.push_back({name, dtype_name, tensor.sizes().vec()});
  }
  HIR_ASSIGN_OR_RETURN(const uint64_t total, TotalBytes(packed.tensors));
  packed.bytes.reserve(total);
  for (const auto& [name, tensor] : named) packed.bytes += BytesOf(Plain(tensor, dtype));
  return packed;
}

absl::StatusOr<ModelWeights> UnpackWeights(std::shared_ptr<const PackedWeights> packed,
                                           const Architecture& architecture) {
  HIR_RETURN_IF_ERROR(CheckLayout(*packed, architecture));
  const at::ScalarType dtype = packed->tensors[0].dtype == "BF16" ? at::kBFloat16 : at::kFloat;
  NamedTensors named;
  // Torch has no read-only tensors, so the contract forbids writing.
  char* bytes = const_cast<char*>(packed->bytes.data());
  for (const PackedTensor& tensor : packed->tensors) {
    at::Tensor view = at::from_blob(
        bytes, tensor.shape, [packed](void*) {}, dtype);
    bytes += view.nbytes();
    HIR_RETURN_IF_ERROR(CheckFinite(tensor.name, view));
    named.emplace_back(tensor.name, std::move(view));
  }
  return WeightsFromNamed(architecture, named);
}

absl::StatusOr<std::string> ServedDigest(const ModelWeights& weights) {
  Sha256Stream hash;
  for (const auto& [name, tensor] : weights.Named()) {
    HIR_RETURN_IF_ERROR(DtypeName(tensor.scalar_type()).status());
    hash.Update(BytesOf(Plain(tensor, tensor.scalar_type())));
  }
  return hash.Finish();
}

}  // namespace hir
