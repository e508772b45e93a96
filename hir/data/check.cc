#include "hir/data/check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"

namespace hir {
namespace {

constexpr size_t kMostExamples = 3;

void AppendPlace(std::string* text, const DataPlace& place) { absl::StrAppend(text, Named(place)); }

// Remembers values that must not repeat, each with the line that had it first.
class Duplicates {
 public:
  void Note(const DataPlace& place, const InstructionRecord& record,
            std::vector<DataProblem>& problems) {
    if (!record.source_id.empty()) {
      Note(place, ids_, record.source_id, absl::StrCat("id \"", record.source_id, "\""), problems);
    }
    InstructionRecord anonymous = record;
    anonymous.source_id.clear();
    Note(place, instructions_, FormatRecord(anonymous), "the instruction", problems);
  }

 private:
  using Seen = std::map<std::string, DataPlace>;

  static void Note(const DataPlace& place, Seen& seen, const std::string& key,
                   const std::string& what, std::vector<DataProblem>& problems) {
    const auto [it, is_new] = seen.emplace(key, place);
    if (!is_new) problems.push_back({place, absl::StrCat(what, " repeats ", Named(it->second))});
  }

  Seen ids_;
  Seen instructions_;
};

void NoteReplay(const DataPlace& place, const InstructionRecord& record, DataReport& report) {
  const std::string why = WhyNotReplayed(record);
  if (why.empty()) {
    ++report.replayable;
    return;
  }
  NotReplayed& others = report.not_replayable[why];
  ++others.records;
  if (others.examples.size() < kMostExamples) others.examples.push_back(place);
}

void CheckRecord(const DataPlace& place, const InstructionRecord& record,
                 const ConstraintValidator& validate, DataReport& report) {
  ++report.records;
  NoteReplay(place, record, report);
  report.laid_out_anew += record.laid_out_anew ? 1 : 0;
  if (!record.system_prompt.empty()) ++report.system_prompts[record.system_prompt];
  report.constraints += static_cast<int64_t>(record.constraints.size());
  ++report.constraints_per_record[static_cast<int64_t>(record.constraints.size())];
  ++report.layouts[static_cast<size_t>(record.layout)];
  for (size_t i = 0; i < record.constraints.size(); ++i) {
    ++report.kinds[record.constraints[i].kind];
    const absl::Status status = validate(record.constraints[i]);
    if (!status.ok()) {
      report.problems.push_back(
          {place, absl::StrCat("constraint ", i + 1, ": ", status.message())});
    }
  }
}

}  // namespace

absl::StatusOr<DataReport> CheckInstructions(const std::string& path,
                                             const ConstraintValidator& validate) {
  DataReport report;
  Duplicates duplicates;
  HIR_RETURN_IF_ERROR(VisitInstructions(
      path, StoredPrompt::kTakeApart,
      [&](const DataPlace& place, RecordForm form, absl::StatusOr<InstructionRecord> record) {
        report.form = form;
        if (record.ok()) {
          CheckRecord(place, *record, validate, report);
          duplicates.Note(place, *record, report.problems);
        } else {
          report.problems.push_back({place, std::string(record.status().message())});
        }
        return absl::OkStatus();
      }));
  return report;
}

std::string SummaryOf(const DataReport& report) {
  std::string text = absl::StrFormat(
      "%d instructions (%s form), %d constraints of %d kinds\n%d can be replayed in hindsight\n",
      report.records, std::string(RecordFormName(report.form)), report.constraints,
      report.kinds.size(), report.replayable);
  for (const auto& [why, others] : report.not_replayable) {
    absl::StrAppend(
        &text,
        absl::StrFormat("  %7d  can't: %s (%s%s)\n", others.records, why,
                        absl::StrJoin(others.examples, ", ", AppendPlace),
                        others.records > static_cast<int64_t>(kMostExamples) ? ", ..." : ""));
  }
  if (report.laid_out_anew > 0) {
    absl::StrAppend(&text, report.laid_out_anew,
                    " prompts get a new layout, with other line breaks, heading or order\n");
  }
  size_t named = 0;
  for (const auto& [system_prompt, records] : report.system_prompts) {
    if (named++ == kMostExamples) break;
    absl::StrAppend(&text, records, " records have the system prompt ", Shown(system_prompt),
                    "; data.system_prompt must be the same\n");
  }
  absl::StrAppend(&text, "constraints per instruction:");
  for (const auto& [constraints, records] : report.constraints_per_record) {
    absl::StrAppend(&text, " ", constraints, " x ", records);
  }
  absl::StrAppend(&text, "\nlayouts:");
  for (size_t layout = 1; layout < report.layouts.size(); ++layout) {
    absl::StrAppend(&text, " ", layout, " x ", report.layouts[layout]);
  }
  absl::StrAppend(&text, "\nkinds:\n");
  for (const auto& [kind, count] : report.kinds) {
    absl::StrAppend(&text, absl::StrFormat("  %7d  %s\n", count, kind));
  }
  return text;
}

}  // namespace hir
