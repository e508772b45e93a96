// The results of `hir doctor`.
#ifndef HIR_DRIVER_FINDING_H_
#define HIR_DRIVER_FINDING_H_

#include <string>
#include <vector>

namespace hir {

// The result for one thing that the program needs.
struct Finding {
  enum Level { kOk, kNote, kMissing } level;
  std::string what;     // "Redis".
  std::string detail;   // "7.0.15 at /usr/bin/redis-server".
  std::string command;  // The command that fixes what is missing; may be empty.
};

// One line per finding.
std::string FormatFindings(const std::vector<Finding>& findings);

}  // namespace hir

#endif  // HIR_DRIVER_FINDING_H_
