#include "hir/data/check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

// Keeps what must not come twice, with the line that had it first.
class Duplicates {
 public:
  void Note(int64_t line, const InstructionRecord& record, std::vector<DataProblem>& problems) {
    if (!record.id.empty()) {
      Note(line, ids_, record.id, absl::StrCat("id \"", record.id, "\""), problems);
    }
    InstructionRecord anonymous = record;
    anonymous.id.clear();
    Note(line, instructions_, FormatRecord(anonymous), "the instruction", problems);
  }

 private:
  static void Note(int64_t line, std::map<std::string, int64_t>& seen, const std::string& key,
                   const std::string& what, std::vector<DataProblem>& problems) {
    const auto [it, is_new] = seen.emplace(key, line);
    if (!is_new) problems.push_back({line, absl::StrCat(what, " repeats line ", it->second)});
  }

  std::map<std::string, int64_t> ids_;
  std::map<std::string, int64_t> instructions_;
};

void CheckRecord(int64_t line, const InstructionRecord& record, const ConstraintValidator& validate,
                 DataReport& report) {
  ++report.records;
  report.rewritable += record.prompt_is_complete ? 0 : 1;
  report.constraints += static_cast<int64_t>(record.constraints.size());
  ++report.constraints_per_record[static_cast<int64_t>(record.constraints.size())];
  ++report.layouts[record.layout];
  for (size_t i = 0; i < record.constraints.size(); ++i) {
    ++report.kinds[record.constraints[i].kind];
    const absl::Status status = validate(record.constraints[i]);
    if (!status.ok()) {
      report.problems.push_back({line, absl::StrCat("constraint ", i + 1, ": ", status.message())});
    }
  }
}

}  // namespace

absl::StatusOr<DataReport> CheckInstructions(const std::string& path,
                                             const ConstraintValidator& validate) {
  DataReport report;
  Duplicates duplicates;
  HIR_RETURN_IF_ERROR(VisitInstructions(
      path, [&](int64_t line, RecordForm form, absl::StatusOr<InstructionRecord> record) {
        report.form = form;
        if (record.ok()) {
          CheckRecord(line, *record, validate, report);
          duplicates.Note(line, *record, report.problems);
        } else {
          report.problems.push_back({line, std::string(record.status().message())});
        }
        return absl::OkStatus();
      }));
  return report;
}

std::string SummaryOf(const DataReport& report) {
  std::string text = absl::StrFormat(
      "%d instructions (%s form), %d constraints of %d kinds, %d can be rewritten in hindsight\n",
      report.records, std::string(RecordFormName(report.form)), report.constraints,
      report.kinds.size(), report.rewritable);
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
