#include "cli/rescore.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/constraints/score.h"
#include "hir/text/reasoning.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kUndecidable:
      break;
  }
  return "undecidable";
}

absl::StatusOr<std::vector<std::string>> RolloutFiles(const std::string& run) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(run) / "rollouts", error)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  if (files.empty()) {
    return absl::NotFoundError(
        absl::StrCat(run, " has no rollouts/*.jsonl; name the folder of a run, e.g. runs/demo."));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Adds one stored response. Throws json::exception when a field is not as `hir train` writes it.
absl::Status Add(const json& record, const CheckerRegistry& registry, RescoreResult& result) {
  const std::string response = record.at("text"), mark = record.value("reasoning_end", "");
  const ResponseText text = ResponseText::FromUtf8(AnswerOf(response, mark));
  bool all_met_before = true, all_met_after = true;
  for (const json& constraint : record.at("constraints")) {
    const std::string kind = constraint.at("kind"), before = constraint.at("verdict");
    HIR_ASSIGN_OR_RETURN(const std::unique_ptr<Checker> checker,
                         registry.Create(kind, constraint.at("arguments")));
    ++result.constraints;
    std::string after = before;
    if (registry.IsRemote(kind)) {
      ++result.waiting;
    } else {
      after = NameOf(CheckText(*checker, text).verdict);
    }
    all_met_before &= before == "pass";
    all_met_after &= after == "pass";
    if (before == after) continue;
    result.changed.push_back(
        {record.at("step"), record.at("task"), record.at("sample"), kind, before, after});
  }
  ++result.responses;
  ++result.before[record.value("verifier_build", "(not named)")];
  result.rewards += all_met_before != all_met_after;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RescoreResult> Rescore(const std::string& run, const CheckerRegistry& registry) {
  RescoreResult result;
  result.build = registry.build();
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> files, RolloutFiles(run));
  for (const std::string& file : files) {
    HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> lines, ReadRecordLines(file));
    for (const RecordLine& line : lines) {
      const auto place = [&](absl::string_view problem) {
        return absl::InvalidArgumentError(absl::StrCat(file, ":", line.number, ": ", problem));
      };
      try {
        const absl::Status status = Add(line.object, registry, result);
        if (!status.ok()) return place(status.message());
      } catch (const json::exception& error) {
        return place(error.what());
      }
    }
  }
  return result;
}

std::string Describe(const RescoreResult& result) {
  std::string text;
  for (const ChangedVerdict& change : result.changed) {
    absl::StrAppend(&text, "step ", change.step, ", task ", change.task, ", sample ", change.sample,
                    ": ", change.kind, " ", change.before, " -> ", change.after, "\n");
  }
  for (const auto& [build, responses] : result.before) {
    absl::StrAppend(&text, "decided then by ", build, ": ", responses, " responses\n");
  }
  absl::StrAppend(&text, "decided now by ", result.build, "\n", result.changed.size(), " of ",
                  result.constraints, " verdicts changed, and the rewards of ", result.rewards,
                  " of ", result.responses, " responses\n");
  if (result.waiting > 0) {
    absl::StrAppend(&text, result.waiting,
                    " verdicts were left as they were: another program decides them\n");
  }
  return text;
}

}  // namespace hir
