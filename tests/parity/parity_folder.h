// Where the recorded cases lie that parity tests compare with.
#ifndef HIR_TESTS_PARITY_PARITY_FOLDER_H_
#define HIR_TESTS_PARITY_PARITY_FOLDER_H_

#include <optional>
#include <string>

namespace hir {

// Path of `name` (empty: the folder itself) in the folder named by HIR_PARITY_DIR, else in
// ../shared/parity beside the source folder. Nothing if it is not there: the running test is then
// skipped, or has failed where HIR_PARITY_DIR promised it, and must return.
std::optional<std::string> ParityPath(const std::string& name);

}  // namespace hir

#endif  // HIR_TESTS_PARITY_PARITY_FOLDER_H_
