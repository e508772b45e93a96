#include "hir/evaluation/results_json.h"

#include "absl/strings/str_cat.h"
#include "hir/evaluation/statistics.h"

namespace hir {
namespace {

using nlohmann::ordered_json;

// Scores, and which way each is better.
struct Scores {
  ordered_json results;
  ordered_json higher_is_better;

  void Add(const std::string& name, const Interval& interval, bool higher = true) {
    results[name + ",none"] = interval.value;
    results[name + "_stderr,none"] = (interval.high - interval.low) / (2 * kZ);
    higher_is_better[name] = higher;
  }
};

Scores ScoresOf(const SuiteResults& r) {
  Scores scores;
  scores.results["alias"] = r.suite;
  scores.Add("prompt_level_strict_acc", r.summary.prompt_strict);
  scores.Add("inst_level_strict_acc", r.summary.instruction_strict);
  scores.Add("prompt_level_loose_acc", r.summary.prompt_loose);
  scores.Add("inst_level_loose_acc", r.summary.instruction_loose);
  for (const auto& [name, interval] : r.sample_scores) scores.Add(name, interval);
  scores.Add("truncated", r.summary.truncated_ratio, /*higher=*/false);
  return scores;
}

ordered_json TaskConfig(const SuiteResults& r) {
  return {{"task", r.suite},
          {"dataset_path", r.file},
          {"output_type", "generate_until"},
          {"num_fewshot", 0},
          {"repeats", r.samples},
          {"generation_kwargs",
           {{"do_sample", r.settings.temperature > 0},
            {"temperature", r.settings.temperature},
            {"max_gen_toks", r.settings.max_response_tokens}}}};
}

}  // namespace

ordered_json ResultsJson(const SuiteResults& r) {
  const Scores scores = ScoresOf(r);
  ordered_json json;
  json["results"][r.suite] = scores.results;
  json["group_subtasks"][r.suite] = ordered_json::array();
  json["configs"][r.suite] = TaskConfig(r);
  json["versions"][r.suite] = absl::StrCat("hir ", r.version);
  json["n-shot"][r.suite] = 0;
  json["higher_is_better"][r.suite] = scores.higher_is_better;
  json["n-samples"][r.suite] = {{"original", r.records}, {"effective", r.summary.prompts}};
  json["config"] = {{"model", "hir"},
                    {"model_args", absl::StrCat("pretrained=", r.model)},
                    {"random_seed", r.settings.seed}};
  json["date"] = r.started;
  json["model_source"] = "hir";
  json["model_name"] = r.model;
  json["system_instruction"] =
      r.settings.system_prompt.empty() ? ordered_json() : ordered_json(r.settings.system_prompt);
  json["total_evaluation_time_seconds"] = absl::StrCat(r.seconds);
  for (const auto& [name, kind] : r.kinds) {
    json["kinds"][r.suite][name] = {
        {"count", kind.count}, {"strict", kind.strict}, {"loose", kind.loose}};
  }
  return json;
}

}  // namespace hir
