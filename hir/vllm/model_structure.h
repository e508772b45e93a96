// What a vLLM server says of the model that it has loaded.
#ifndef HIR_VLLM_MODEL_STRUCTURE_H_
#define HIR_VLLM_MODEL_STRUCTURE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// Sizes of a model; 0 = the server does not say.
struct ModelStructure {
  int64_t hidden_size = 0;
  int64_t layers = 0;
  int64_t head_dim = 0;
};

// Reads the sizes that are found in `text`, which is written for people: the representation of the
// model's PyTorch modules, of every rank one after the other. Its sizes are those of the whole
// model, however many ranks divide it.
ModelStructure ReadStructure(const std::string& text);

// FAILED_PRECONDITION: a size that the server says differs from the architecture's; the message is
// the end of a sentence whose subject is the server's model.
absl::Status CheckStructure(const ModelStructure& structure, const Architecture& architecture);

}  // namespace hir

#endif  // HIR_VLLM_MODEL_STRUCTURE_H_
