// Examines what this machine has and lacks for HiR; each finding has the command to run.
#ifndef HIR_DRIVER_MACHINE_CHECK_H_
#define HIR_DRIVER_MACHINE_CHECK_H_

#include <string>
#include <vector>

#include "hir/driver/finding.h"

namespace hir {

// Looks at this machine. `bin_dir` holds the programs, `model` is the folder of the demo's model.
// Reads files and runs `redis-server --version`; changes nothing.
std::vector<Finding> ExamineMachine(const std::string& bin_dir, const std::string& model);

// Returns those flags in the text of /proc/cpuinfo that matter to HiR.
std::vector<std::string> CpuFeatures(const std::string& cpuinfo);

}  // namespace hir

#endif  // HIR_DRIVER_MACHINE_CHECK_H_
