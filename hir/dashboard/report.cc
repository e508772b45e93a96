#include "hir/dashboard/report.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/dashboard/page.h"
#include "hir/run/format.h"
#include "hir/run/paths.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

// The responses in a report.
struct Responses {
  json of_steps = json::object();  // Lists of responses; the key is the step as text.
  std::vector<int64_t> steps;      // Rising.
  size_t cut = 0;                  // How many responses of the newest step are left out.
};

// The first of `records` that fit into `budget` bytes, at least one.
json FirstThatFit(json& records, size_t budget) {
  json kept = json::array();
  for (json& record : records) {
    const size_t size = JsonText(record).size();
    if (!kept.empty() && size > budget) break;
    budget -= std::min(size, budget);
    kept.push_back(std::move(record));
  }
  return kept;
}

absl::StatusOr<Responses> NewestResponses(const RunFiles& run, const std::vector<int64_t>& steps,
                                          size_t budget) {
  Responses responses;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    HIR_ASSIGN_OR_RETURN(json records, run.Rollouts(*step));
    const size_t size = JsonText(records).size();
    if (size > budget && step != steps.rbegin()) break;
    if (size > budget) {
      const size_t all = records.size();
      records = FirstThatFit(records, budget);
      responses.cut = all - records.size();
    }
    budget -= std::min(size, budget);
    responses.steps.push_back(*step);
    responses.of_steps[absl::StrCat(*step)] = std::move(records);
  }
  std::reverse(responses.steps.begin(), responses.steps.end());
  return responses;
}

// A sentence for the reader; empty when nothing is left out.
std::string LeftOut(const Responses& responses, size_t all_steps) {
  const size_t steps = all_steps - responses.steps.size();
  if (steps == 0 && responses.cut == 0) return "";
  std::string sentence = absl::StrCat("This report holds the responses of the newest ",
                                      responses.steps.size(), " of ", all_steps, " steps");
  if (responses.cut > 0) absl::StrAppend(&sentence, ", without ", responses.cut, " of them");
  return sentence + "; `hir dashboard` shows all.";
}

}  // namespace

absl::StatusOr<std::string> RenderReport(const RunFiles& run, size_t max_responses) {
  HIR_ASSIGN_OR_RETURN(json overview, run.Overview(0));
  const auto steps = overview.at("rollout_steps").get<std::vector<int64_t>>();
  HIR_ASSIGN_OR_RETURN(Responses responses, NewestResponses(run, steps, max_responses));
  overview["rollout_steps"] = responses.steps;
  json data = {{"left_out", LeftOut(responses, steps.size())}};
  data["run"] = std::move(overview);
  data["rollouts"] = std::move(responses.of_steps);
  return PageWithData(data);
}

absl::StatusOr<std::string> WriteReport(const std::string& run_dir) {
  HIR_RETURN_IF_ERROR(CheckRunFormat(run_dir));
  std::error_code missing;
  if (!std::filesystem::exists(MetricsPath(run_dir), missing)) {
    return absl::NotFoundError(absl::StrCat("there is no ", MetricsPath(run_dir),
                                            ", so no step of a run to report; runs are in "
                                            "output_dir, by default runs/."));
  }
  HIR_ASSIGN_OR_RETURN(const std::string page, RenderReport(RunFiles(run_dir)));
  const std::string path = run_dir + "/report.html";
  HIR_RETURN_IF_ERROR(WriteFileAtomically(path, page));
  return path;
}

}  // namespace hir
