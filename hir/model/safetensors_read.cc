#include <cmath>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/status_macros.h"
#include "hir/model/safetensors.h"

namespace hir {
namespace {

std::optional<at::ScalarType> TypeOf(const std::string& dtype) {
  if (dtype == "F32") return at::kFloat;
  if (dtype == "BF16") return at::kBFloat16;
  if (dtype == "F16") return at::kHalf;
  return std::nullopt;
}

}  // namespace

absl::Status CheckTensor(const SafetensorsFile& file, const std::string& name,
                         at::IntArrayRef shape) {
  HIR_ASSIGN_OR_RETURN(const StoredTensor* stored, file.Find(name, shape.vec()));
  if (TypeOf(stored->dtype).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file.path(), ": tensor ", name, " has type ",
                                                 stored->dtype,
                                                 "; supported are F32, BF16 and F16."));
}

absl::StatusOr<at::Tensor> ReadTensor(const SafetensorsFile& file, const std::string& name,
                                      at::IntArrayRef shape, at::ScalarType dtype) {
  HIR_RETURN_IF_ERROR(CheckTensor(file, name, shape));
  HIR_ASSIGN_OR_RETURN(const StoredTensor* stored, file.Find(name, shape.vec()));
  // The data may be unaligned, so the bytes are copied before they are read as numbers.
  const at::Tensor raw = at::empty(shape, at::TensorOptions().dtype(*TypeOf(stored->dtype)));
  std::memcpy(raw.data_ptr(), stored->bytes.data(), stored->bytes.size());
  at::Tensor tensor = raw.to(dtype);
  if (const absl::Status status = CheckFinite(name, tensor); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path(), ": ", status.message(), "; such a model can't be used."));
  }
  return tensor;
}

absl::Status CheckFinite(const std::string& name, const at::Tensor& tensor) {
  if (tensor.numel() == 0) return absl::OkStatus();
  const auto [least, most] = at::aminmax(tensor.detach().reshape({-1}));
  // NaN anywhere makes both NaN.
  if (std::isfinite(least.item<double>()) && std::isfinite(most.item<double>())) {
    return absl::OkStatus();
  }
  const at::Tensor places = at::nonzero(at::isfinite(tensor.detach()).logical_not()).cpu();
  const at::Tensor first = places[0].contiguous();
  const at::IntArrayRef index(first.const_data_ptr<int64_t>(), first.numel());
  return absl::InvalidArgumentError(
      absl::StrCat("tensor ", name, " has ", places.size(0),
                   places.size(0) == 1 ? " value that is" : " values that are",
                   " NaN or infinite, the first at [", absl::StrJoin(index, ", "), "]"));
}

}  // namespace hir
