#include <c10/core/impl/VirtualGuardImpl.h>

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/collective/process_group.h"
#include "hir/model/device.h"
#include "hir/model/packer.h"
#include "hir/model/weights.h"
#include "hir/model_folder/read_architecture.h"
#include "hir/train/policy_trainer.h"
#include "hir/train/trainer.h"

namespace hir {

absl::StatusOr<std::unique_ptr<Trainer>> MakeTrainer(const TrainerOptions& options) {
  const RunConfig& config = options.config;
  try {
    if (options.threads > 0) at::set_num_threads(options.threads);
    HIR_ASSIGN_OR_RETURN(const at::Device device,
                         ChooseDevice(config.model.device, CountGpus(), options.rank));
    // NCCL uses the current device as this rank's.
    if (!device.is_cpu()) c10::impl::VirtualGuardImpl(device.type()).setDevice(device);
    HIR_ASSIGN_OR_RETURN(const Architecture architecture, ReadArchitecture(config.model.path));
    const at::ScalarType compute_type = ServedType(config.model.dtype);
    // Frozen weights need no more digits than the forward pass has.
    const at::ScalarType loaded_type = config.lora.rank > 0 ? compute_type : at::kFloat;
    HIR_ASSIGN_OR_RETURN(ModelWeights weights,
                         LoadWeights(config.model.path, architecture, loaded_type));
    if (!device.is_cpu()) {
      weights = weights.Transformed(
          [&](const std::string&, const at::Tensor& tensor) { return tensor.to(device); });
    }
    const ProcessGroupOptions group_options{.rank = options.rank,
                                            .size = options.world_size,
                                            .master = options.master,
                                            .join_timeout = options.join_timeout};
    HIR_ASSIGN_OR_RETURN(std::unique_ptr<ProcessGroup> group, device.is_cpu()
                                                                  ? JoinGlooGroup(group_options)
                                                                  : JoinNcclGroup(group_options));
    return std::make_unique<PolicyTrainer>(config, architecture, weights, compute_type,
                                           std::move(group));
  } catch (const std::exception& error) {
    const std::string what = error.what();
    return absl::InternalError(
        absl::StrCat("the trainer could not be made: ", what.substr(0, what.find('\n'))));
  }
}

}  // namespace hir
