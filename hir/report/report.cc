#include "hir/report/report.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/report/line_chart.h"
#include "hir/report/page.h"

namespace hir {
namespace {

using nlohmann::json;

std::optional<double> NumberAt(const json& record, const std::string& key) {
  const auto it = record.find(key);
  if (it == record.end() || !it->is_number()) return std::nullopt;
  return it->get<double>();
}

std::string TextAt(const json& record, const std::string& key) {
  const auto it = record.find(key);
  return it != record.end() && it->is_string() ? it->get<std::string>() : "";
}

struct Curve {
  std::string name;
  std::string key;  // In a metrics record.
  bool dashed = false;
};

struct ChartPlan {
  std::string title;
  std::string unit;
  std::vector<Curve> curves;
  bool from_zero = true;
};

// What the charts of a run show, in reading order; docs/metrics.md explains each name.
std::vector<ChartPlan> TrainingCharts() {
  return {
      {"Reward density and constraint accuracy",
       "share of originals",
       {{"all constraints met (reward density)", "reward_density"},
        {"constraints met (CLA)", "constraint_accuracy"}}},
      {"Replay",
       "responses",
       {{"eligible failures", "hindsight/eligible"},
        {"replayed", "hindsight/replayed"},
        {"shortfall", "hindsight/shortfall"}}},
      {"Curriculum: weight of integrity (lambda)", "", {{"lambda", "hindsight/lambda"}}, false},
      {"Entropy of the policy", "nats a token", {{"entropy", "actor/entropy"}}},
      {"Response length",
       "tokens",
       {{"mean", "response_length/mean"}, {"longest", "response_length/max"}}},
      {"Policy ratio by origin",
       "mean of pi / pi_old",
       {{"originals", "ratio/original_mean"}, {"replayed", "ratio/replayed_mean"}}},
      {"Clip fraction by origin",
       "share of tokens",
       {{"originals", "actor/pg_clipfrac_original"}, {"replayed", "actor/pg_clipfrac_replayed"}}},
      {"Gradient norm", "before clipping", {{"norm", "actor/grad_norm"}}},
      {"Rollout and learner disagree by",
       "nats a token, absolute",
       {{"mean", "training/rollout_logprobs_abs_diff_mean"}}},
      {"Time of a step",
       "s",
       {{"whole", "timing_s/step"},
        {"waiting for responses", "timing_s/gen"},
        {"update", "timing_s/update_actor"}}},
  };
}

LineChart ChartOf(const ChartPlan& plan, const std::vector<json>& metrics) {
  LineChart chart = {
      .title = plan.title, .unit = plan.unit, .x_name = "step", .from_zero = plan.from_zero};
  for (const Curve& curve : plan.curves) {
    ChartSeries series = {.name = curve.name, .dashed = curve.dashed};
    for (const json& record : metrics) {
      const auto step = NumberAt(record, "step");
      const auto value = NumberAt(record, curve.key);
      if (step && value) series.points.push_back({*step, *value, {}, {}});
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

LineChart EvalChart(const std::vector<json>& evals) {
  LineChart chart = {
      .title = "Held-out prompts", .unit = "share met, 95 % interval", .x_name = "step"};
  const std::vector<Curve> curves = {{"prompts, strict", "prompt_strict"},
                                     {"constraints, strict", "instruction_strict"}};
  for (const Curve& curve : curves) {
    ChartSeries series = {.name = curve.name};
    for (const json& record : evals) {
      const auto step = NumberAt(record, "step");
      const auto value = NumberAt(record, curve.key);
      if (!step || !value) continue;
      series.points.push_back({*step, *value, NumberAt(record, curve.key + "_low"),
                               NumberAt(record, curve.key + "_high")});
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

// Mean of `key` over records [begin, end); none where no record has it.
std::optional<double> MeanOf(const std::vector<json>& records, const std::string& key, size_t begin,
                             size_t end) {
  double sum = 0;
  int count = 0;
  for (size_t i = begin; i < end; ++i) {
    if (const auto value = NumberAt(records[i], key)) {
      sum += *value;
      ++count;
    }
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

std::string Percent(double share) { return absl::StrFormat("%.1f %%", 100 * share); }

// "a → b" of the means over the first and the last third of the steps.
std::string FirstAndLastThird(const std::vector<json>& metrics, const std::string& key) {
  const size_t third = std::max<size_t>(1, metrics.size() / 3);
  const auto first = MeanOf(metrics, key, 0, std::min(third, metrics.size()));
  const auto last =
      MeanOf(metrics, key, metrics.size() - std::min(third, metrics.size()), metrics.size());
  if (!first || !last) return "–";
  return absl::StrCat(Percent(*first), " → ", Percent(*last));
}

std::string ComparisonCard(const json& comparison, int prompts) {
  const auto before = NumberAt(comparison, "before");
  const auto after = NumberAt(comparison, "after");
  const auto low = NumberAt(comparison, "low");
  const auto high = NumberAt(comparison, "high");
  if (!before || !after || !low || !high) return "";
  const bool noise = *low <= 0 && *high >= 0;
  return Card(
      absl::StrCat(Percent(*before), " → ", Percent(*after)),
      absl::StrCat(TextAt(comparison, "metric"), ", before → after"),
      absl::StrFormat("difference %+.1f points, 95 %% interval [%+.1f, %+.1f] over the same %d "
                      "prompts: %s",
                      100 * (*after - *before), 100 * *low, 100 * *high, prompts,
                      noise ? "could be noise" : "more than noise"));
}

std::string Cards(const RunRecord& run) {
  double replayed = 0;
  for (const json& record : run.metrics)
    replayed += NumberAt(record, "hindsight/replayed").value_or(0);
  std::string html = "<div class=cards>\n";
  absl::StrAppend(&html, Card(absl::StrCat(run.metrics.size()), "steps trained"));
  absl::StrAppend(
      &html, Card(FirstAndLastThird(run.metrics, "reward_density"), "reward density of originals",
                  "mean of the first → last third of the steps"));
  absl::StrAppend(&html,
                  Card(FirstAndLastThird(run.metrics, "constraint_accuracy"),
                       "constraint accuracy (CLA)", "mean of the first → last third of the steps"));
  absl::StrAppend(&html, Card(absl::StrFormat("%.0f", replayed), "failures replayed as successes"));
  if (const auto step = MeanOf(run.metrics, "timing_s/step", 0, run.metrics.size())) {
    absl::StrAppend(&html, Card(absl::StrFormat("%.1f s", *step), "mean time of a step"));
  }
  if (run.comparison.is_object()) {
    const int prompts = static_cast<int>(NumberAt(run.comparison, "prompts").value_or(0));
    for (const json& comparison : run.comparison.value("comparisons", json::array())) {
      absl::StrAppend(&html, ComparisonCard(comparison, prompts));
    }
  }
  return html + "</div>\n";
}

std::string Charts(const RunRecord& run) {
  std::string html = "<div class=charts>\n";
  if (!run.evals.empty()) absl::StrAppend(&html, RenderChart(EvalChart(run.evals)));
  for (const ChartPlan& plan : TrainingCharts()) {
    absl::StrAppend(&html, RenderChart(ChartOf(plan, run.metrics)));
  }
  return html + "</div>\n";
}

std::string Verdicts(const json& record) {
  std::string html = "<ul class=verdicts>";
  const auto constraints = record.find("constraints");
  if (constraints == record.end() || !constraints->is_array()) return "";
  for (const json& constraint : *constraints) {
    absl::StrAppend(&html, "<li class=", EscapeHtml(TextAt(constraint, "verdict")), ">",
                    EscapeHtml(TextAt(constraint, "text")), "</li>");
  }
  return html + "</ul>";
}

std::string Example(const json& record) {
  return absl::StrCat("<article><h3>Asked</h3>", EscapeHtml(TextAt(record, "question")),
                      Verdicts(record), "<h3>Answered</h3><pre>",
                      EscapeHtml(TextAt(record, "text")),
                      "</pre><h3>Replayed as a perfect answer to</h3><pre>",
                      EscapeHtml(TextAt(record, "rewritten_instruction")), "</pre></article>\n");
}

}  // namespace

std::string RenderReport(const RunRecord& run) {
  std::string body =
      absl::StrCat("<h1>", EscapeHtml(run.name),
                   "</h1>\n<p class=sub>Hindsight instruction Replay: failed responses are "
                   "replayed as successes of the instruction they did meet.</p>\n",
                   Cards(run));
  absl::StrAppend(&body, Section("Curves", Charts(run)));
  if (!run.replayed.empty()) {
    std::string examples;
    for (const json& record : run.replayed) absl::StrAppend(&examples, Example(record));
    absl::StrAppend(&body, Section("Failures that became successes", examples));
  }
  absl::StrAppend(&body, Section("Configuration",
                                 absl::StrCat("<pre>", EscapeHtml(run.config_yaml), "</pre>\n")));
  return Page(absl::StrCat(run.name, " - HiR report"), body);
}

}  // namespace hir
