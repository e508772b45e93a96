// The suites that `hir eval` knows by name.
#ifndef HIR_EVALUATION_SUITES_H_
#define HIR_EVALUATION_SUITES_H_

#include <string>

#include "absl/status/statusor.h"

namespace hir {

struct FoundSuite {
  std::string name;
  std::string file;
};

// `suite` is ifbench or ifeval, whose files lie in `folder`; heldout, the data.held_out of the run
// whose checkpoint the folder `model` is; or a file, which is called as it is without its ending.
// NOT_FOUND: the file of a name is not there; the message says where it must be and how it gets
// there. INVALID_ARGUMENT: heldout, but `model` is not the checkpoint of a run that has such a
// file.
absl::StatusOr<FoundSuite> FindSuite(const std::string& suite, const std::string& folder,
                                     const std::string& model);

}  // namespace hir

#endif  // HIR_EVALUATION_SUITES_H_
