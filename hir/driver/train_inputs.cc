#include "hir/driver/train_inputs.h"

#include <filesystem>
#include <optional>
#include <string>

#include "hir/base/status_macros.h"
#include "hir/driver/check_model_folder.h"
#include "hir/evaluation/prompt_length.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

// Services run in folders of their own; a run that is resumed from elsewhere is the same run.
void MakeAbsolute(std::string& path) {
  if (!path.empty()) path = std::filesystem::absolute(path).lexically_normal();
}

}  // namespace

absl::StatusOr<TrainInputs> LoadTrainInputs(const RunConfig& given, bool model_is_here) {
  TrainInputs inputs = {.config = given};
  RunConfig& config = inputs.config;
  if (model_is_here) {
    MakeAbsolute(config.model.path);
    HIR_RETURN_IF_ERROR(CheckModelFolder(config.model.path));
  }
  for (TrainFile& file : config.data.train) MakeAbsolute(file.file);
  MakeAbsolute(config.data.held_out);
  std::optional<PromptLength> lengths;
  if (model_is_here) {
    HIR_ASSIGN_OR_RETURN(const Architecture architecture, ReadArchitecture(config.model.path));
    HIR_ASSIGN_OR_RETURN(lengths, PromptLength::Create(config, architecture.max_position));
  }
  const PromptLength* measured = lengths ? &*lengths : nullptr;
  HIR_ASSIGN_OR_RETURN(inputs.train, LoadTrainData(config, measured));
  if (lengths && !lengths->has_chat_template()) {
    inputs.train.notes.emplace_back(
        "the model folder has no chat template: prompts are plain text, as a base model's.");
  }
  if (config.eval.every > 0) {
    HIR_ASSIGN_OR_RETURN(inputs.held_out, LoadHeldOut(config, measured, inputs.train.notes));
  }
  return inputs;
}

}  // namespace hir
