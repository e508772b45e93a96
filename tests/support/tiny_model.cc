#include "tests/support/tiny_model.h"

#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"

namespace hir {

absl::Status WriteTinyModel(const std::string& folder, const std::string& tokenizer_folder,
                            uint64_t seed) {
  const Architecture architecture = {.vocab_size = 258,
                                     .hidden_size = 128,
                                     .layers = 5,
                                     .heads = 4,
                                     .kv_heads = 2,
                                     .head_dim = 32,
                                     .intermediate_size = 384,
                                     .max_position = 1024,
                                     .tie_embeddings = true};
  return SaveModel(folder, architecture, RandomWeights(architecture, seed), at::kFloat,
                   tokenizer_folder);
}

}  // namespace hir
