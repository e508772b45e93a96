// One thing that `hir doctor` looked at.
#ifndef HIR_DRIVER_FINDING_H_
#define HIR_DRIVER_FINDING_H_

#include <string>
#include <vector>

namespace hir {

// What was found of one thing that the program needs.
struct Finding {
  enum Level { kOk, kNote, kMissing } level;
  std::string what;     // "Redis".
  std::string detail;   // "7.0.15 at /usr/bin/redis-server".
  std::string command;  // To run for what is missing; may be empty.
};

// One line per finding.
std::string FormatFindings(const std::vector<Finding>& findings);

}  // namespace hir

#endif  // HIR_DRIVER_FINDING_H_
