#include "hir/config/eval_suites.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hir {
namespace {

constexpr const char* kScores[] = {"prompt_strict", "prompt_loose", "instruction_strict",
                                   "instruction_loose"};

std::optional<BestMetric> Find(const RunConfig& config) {
  for (const EvalSuite& suite : EvalSuitesOf(config)) {
    for (const char* score : kScores) {
      if (config.checkpoint.best_metric == MetricPrefix(suite.name) + score) {
        return BestMetric{suite, score};
      }
    }
  }
  return std::nullopt;
}

absl::Status Wrong(const std::string& message) { return absl::InvalidArgumentError(message); }

}  // namespace

std::vector<EvalSuite> EvalSuitesOf(const RunConfig& config) {
  std::vector<EvalSuite> suites;
  if (config.eval.every > 0) {
    suites.push_back({.name = "",
                      .file = config.data.held_out,
                      .every = config.eval.every,
                      .prompts = config.eval.prompts});
  }
  for (EvalSuite suite : config.eval.suites) {
    if (suite.every == 0) suite.every = config.eval.every;
    suites.push_back(std::move(suite));
  }
  return suites;
}

bool IsDue(const EvalSuite& suite, int64_t step, int64_t total_steps) {
  return step % suite.every == 0 || step == total_steps;
}

std::string MetricPrefix(std::string_view suite) {
  return suite.empty() ? "eval/" : absl::StrCat("eval/", std::string(suite), "/");
}

std::optional<BestMetric> BestMetricOf(const RunConfig& config) {
  return config.checkpoint.keep_best ? Find(config) : std::nullopt;
}

absl::Status CheckEvaluations(const RunConfig& config) {
  if (config.eval.every > 0 && config.data.held_out.empty()) {
    return Wrong(absl::StrCat("eval.every is ", config.eval.every,
                              " but data.held_out names no file; set it, or eval.every 0 and an "
                              "`every` for each of eval.suites."));
  }
  for (const EvalSuite& suite : EvalSuitesOf(config)) {
    if (suite.every == 0) {
      return Wrong(absl::StrCat("eval.suites: ", suite.name,
                                " has no `every`, and eval.every is 0; set one of them."));
    }
  }
  if (config.checkpoint.keep_best && !Find(config)) {
    std::vector<std::string> names;
    for (const EvalSuite& suite : EvalSuitesOf(config)) {
      for (const char* score : kScores) names.push_back(MetricPrefix(suite.name) + score);
    }
    return Wrong(absl::StrCat("checkpoint.keep_best is true but checkpoint.best_metric, \"",
                              config.checkpoint.best_metric,
                              "\", is not a number of an evaluation that this run makes",
                              names.empty() ? "; it makes none: set eval.every."
                                            : absl::StrCat(": ", absl::StrJoin(names, ", "), ".")));
  }
  if (!config.checkpoint.keep_best &&
      config.checkpoint.best_metric != CheckpointConfig().best_metric) {
    return Wrong(absl::StrCat("checkpoint.best_metric is \"", config.checkpoint.best_metric,
                              "\" but checkpoint.keep_best is false; set it to true."));
  }
  if (config.eval.patience > 0 && !config.checkpoint.keep_best) {
    return Wrong(absl::StrCat("eval.patience is ", config.eval.patience,
                              " but checkpoint.keep_best is false: a run that ends because it no "
                              "longer improves must keep its best model; set it to true."));
  }
  return absl::OkStatus();
}

}  // namespace hir
