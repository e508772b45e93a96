#include "hir/driver/train_inputs.h"

#include <filesystem>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/status_macros.h"
#include "hir/config/eval_suites.h"
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
  for (EvalSuite& suite : config.eval.suites) MakeAbsolute(suite.file);
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
  for (const EvalSuite& suite : EvalSuitesOf(config)) {
    HIR_ASSIGN_OR_RETURN(inputs.suites.emplace_back(),
                         LoadSuite(suite, config, measured, inputs.train.notes));
  }
  return inputs;
}

std::string Describe(const TrainInputs& inputs) {
  const RunConfig& c = inputs.config;
  const double tasks = static_cast<double>(c.learner.total_steps) * c.rollout.train_batch_size;
  std::string text =
      absl::StrFormat("%d steps of %d instructions x %d responses", c.learner.total_steps,
                      c.rollout.train_batch_size, c.rollout.responses_per_prompt);
  double weights = 0;
  for (const FileShare& file : inputs.train.files) weights += file.weight;
  const bool several = inputs.train.files.size() > 1;
  for (size_t i = 0; i < inputs.train.files.size(); ++i) {
    const FileShare& file = inputs.train.files[i];
    const double share = file.weight / weights;
    const double epochs = tasks * share / static_cast<double>(file.records);
    absl::StrAppendFormat(&text, ", %.1f epochs of %d instructions", epochs, file.records);
    if (several) {
      absl::StrAppendFormat(&text, " (%.1f %% of the tasks: %s)", 100 * share,
                            c.data.train[i].file);
    }
  }
  if (inputs.suites.empty()) absl::StrAppend(&text, "; 0 held out");
  for (const SuiteRecords& suite : inputs.suites) {
    absl::StrAppendFormat(&text, "; %d held out", suite.records.size());
    if (!suite.suite.name.empty()) absl::StrAppend(&text, " (", suite.suite.name, ")");
  }
  return text;
}

}  // namespace hir
