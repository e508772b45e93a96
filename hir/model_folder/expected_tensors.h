// Which tensors a model has.
#ifndef HIR_MODEL_FOLDER_EXPECTED_TENSORS_H_
#define HIR_MODEL_FOLDER_EXPECTED_TENSORS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hir/model_folder/architecture.h"

namespace hir {

// The Hugging Face name and the shape of every tensor that `architecture` has, in the order of the
// names, without a tied head.
std::vector<std::pair<std::string, std::vector<int64_t>>> ExpectedTensors(
    const Architecture& architecture);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_EXPECTED_TENSORS_H_
