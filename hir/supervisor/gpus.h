// The GPUs of this machine, to spread services over them.
#ifndef HIR_SUPERVISOR_GPUS_H_
#define HIR_SUPERVISOR_GPUS_H_

#include <string>
#include <vector>

namespace hir {

// The GPUs that programs started here may use, as CUDA_VISIBLE_DEVICES names them: those in this
// variable if it is set, else all NVIDIA devices of the machine.
std::vector<std::string> VisibleGpus();

// The same for a machine with `devices` GPUs; `variable` is null if it is not set. Like CUDA, stops
// at the first entry that is not a GPU (-1, for example).
std::vector<std::string> VisibleGpus(const char* variable, int devices);

}  // namespace hir

#endif  // HIR_SUPERVISOR_GPUS_H_
