#include "hir/train/training_state.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/model/safetensors.h"
#include "hir/train/checkpoint_record.h"

namespace hir {
namespace {

std::string PathIn(const std::string& folder) {
  return absl::StrCat(folder, "/", kTrainerFolder, "/trainer_state.safetensors");
}

std::string ReferencePathIn(const std::string& folder) {
  return absl::StrCat(folder, "/", kTrainerFolder, "/reference.safetensors");
}

absl::Status ReadInto(const SafetensorsFile& file, const std::string& name, at::Tensor target) {
  HIR_ASSIGN_OR_RETURN(const at::Tensor values,
                       ReadTensor(file, name, target.sizes(), target.scalar_type()));
  const at::NoGradGuard no_grad;
  target.copy_(values);
  return absl::OkStatus();
}

}  // namespace

absl::Status SaveTrainingState(const std::string& folder, const FlatModel& model,
                               const AdamWState& optimizer) {
  std::error_code error;
  std::filesystem::create_directory(absl::StrCat(folder, "/", kTrainerFolder), error);
  return WriteSafetensors(
      PathIn(folder),
      {{"exp_avg", optimizer.first_moment},
       {"exp_avg_sq", optimizer.second_moment},
       {"master", model.master()},
       {"updates", at::full({1}, static_cast<double>(optimizer.updates), at::kFloat)}});
}

absl::Status LoadTrainingState(const std::string& folder, FlatModel& model, AdamWState& optimizer) {
  HIR_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Open(PathIn(folder)));
  HIR_RETURN_IF_ERROR(ReadInto(file, "master", model.master()));
  HIR_RETURN_IF_ERROR(ReadInto(file, "exp_avg", optimizer.first_moment));
  HIR_RETURN_IF_ERROR(ReadInto(file, "exp_avg_sq", optimizer.second_moment));
  HIR_ASSIGN_OR_RETURN(const at::Tensor updates, ReadTensor(file, "updates", {1}, at::kFloat));
  optimizer.updates = static_cast<int64_t>(updates.item<float>());
  return absl::OkStatus();
}

absl::Status SaveReference(const std::string& folder, const ModelWeights& reference) {
  return WriteSafetensors(ReferencePathIn(folder), reference.Named());
}

absl::Status LoadReference(const std::string& folder, ModelWeights& reference) {
  HIR_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Open(ReferencePathIn(folder)));
  for (const auto& [name, tensor] : reference.Named()) {
    HIR_RETURN_IF_ERROR(ReadInto(file, name, tensor));
  }
  return absl::OkStatus();
}

}  // namespace hir
