// Reads a whole data set and reports its content and its faults.
#ifndef HIR_DATA_CHECK_H_
#define HIR_DATA_CHECK_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/data/reader.h"
#include "hir/data/record.h"

namespace hir {

// Checks that this build has a constraint's checker and that the checker accepts its arguments.
using ConstraintValidator = std::function<absl::Status(const Constraint& constraint)>;

// A fault of one record.
struct DataProblem {
  DataPlace place;
  std::string text;  // One clause, without file name.
};

// Records that can't be replayed for the same reason.
struct NotReplayed {
  int64_t records = 0;
  std::vector<DataPlace> examples;  // The first few.
};

// What CheckInstructions() found.
struct DataReport {
  RecordForm form = RecordForm::kOurs;
  int64_t records = 0;      // Records that could be read, with or without problems.
  int64_t constraints = 0;  // Of those records.
  int64_t replayable = 0;   // Records whose failed responses can be replayed.
  std::map<std::string, NotReplayed> not_replayable;  // The others, by reason.
  int64_t laid_out_anew = 0;  // Records whose prompt differs from the stored one.
  std::map<std::string, int64_t>
      system_prompts;                    // Number of records by system prompt, if they have one.
  std::map<std::string, int64_t> kinds;  // Constraints by kind.
  std::map<int64_t, int64_t> constraints_per_record;  // Records by number of constraints.
  std::array<int64_t, 7> layouts = {};                // Records by layout; [0] is unused.
  std::vector<DataProblem> problems;                  // In the order of the file.
};

// Checks every line: JSON, fields, constraints (with `validate`), repeated ids and repeated
// instructions. Problems of the content are in the report. NOT_FOUND, UNAVAILABLE: the file can't
// be read; INVALID_ARGUMENT: it holds no record.
absl::StatusOr<DataReport> CheckInstructions(const std::string& path,
                                             const ConstraintValidator& validate);

// The report for people, many lines, without the problems.
std::string SummaryOf(const DataReport& report);

}  // namespace hir

#endif  // HIR_DATA_CHECK_H_
