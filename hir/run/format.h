// The number of the run folder's format: RUN/run.json, {"format": 1}. It rises with every change
// after which an earlier version of HiR, or a later one, could not read a run's files.
#ifndef HIR_RUN_FORMAT_H_
#define HIR_RUN_FORMAT_H_

#include <string>

#include "absl/status/status.h"

namespace hir {

inline constexpr int kRunFormat = 1;

// Whether this version reads the folder. A folder without a number was made before there were
// numbers and is of format 1; one that is missing is fine, too. FAILED_PRECONDITION: it has another
// number; the message says which and what to do. INVALID_ARGUMENT: run.json holds no number.
absl::Status CheckRunFormat(const std::string& run_dir);

// Like CheckRunFormat(), for the run that a file belongs to, RUN/FILE or RUN/FOLDER/FILE. OK for
// all other files.
absl::Status CheckFormatOfRunOf(const std::string& file);

// Checks the folder, makes it if it is missing, and writes the number unless it is there.
// UNAVAILABLE: it can't be written. Errors of CheckRunFormat().
absl::Status ClaimRunFolder(const std::string& run_dir);

}  // namespace hir

#endif  // HIR_RUN_FORMAT_H_
