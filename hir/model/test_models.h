// Small models for the tests of this folder.
#ifndef HIR_MODEL_TEST_MODELS_H_
#define HIR_MODEL_TEST_MODELS_H_

#include <cstdint>

#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/model_folder/family_for_test.h"

namespace hir {

// Two layers, 50 tokens, width 24, 4 heads of 6, 2 key heads; sizes that are not multiples of a
// vector register's width.
inline Architecture TinyArchitecture(ModelFamily family) {
  Architecture a;
  a.vocab_size = 50;
  a.hidden_size = 24;
  a.layers = 2;
  a.heads = 4;
  a.kv_heads = 2;
  a.head_dim = 6;
  a.intermediate_size = 36;
  a.max_position = 64;
  SetFamily(a, family, 4);
  return a;
}

// Random weights of `architecture`, without constants, and large enough that attention matters.
inline ModelWeights TestWeights(const Architecture& architecture, at::ScalarType dtype) {
  return RandomWeights(architecture, 11).Transformed([&](const std::string&, const at::Tensor& t) {
    return (t.dim() == 2 ? t * 10 : t + 0.2 * at::sin(at::arange(t.numel()))).to(dtype);
  });
}

}  // namespace hir

#endif  // HIR_MODEL_TEST_MODELS_H_
