// Finds the recorded cases for parity tests.
#ifndef HIR_TESTS_PARITY_PARITY_FOLDER_H_
#define HIR_TESTS_PARITY_PARITY_FOLDER_H_

#include <optional>
#include <string>

namespace hir {

// Path of `name` (empty: the folder itself) in the folder named by HIR_PARITY_DIR, else in
// ../shared/parity beside the source folder. Nullopt if it does not exist: the running test has
// then been skipped, or failed if HIR_PARITY_DIR is set, and must return.
std::optional<std::string> ParityPath(const std::string& name);

}  // namespace hir

#endif  // HIR_TESTS_PARITY_PARITY_FOLDER_H_
