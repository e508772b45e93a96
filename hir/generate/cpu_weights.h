// The weights of a model in the layout that the CPU decoder reads.
#ifndef HIR_GENERATE_CPU_WEIGHTS_H_
#define HIR_GENERATE_CPU_WEIGHTS_H_

#include <cstdint>
#include <vector>

#include "hir/base/thread_team.h"
#include "hir/generate/large_memory.h"
#include "hir/generate/packed_linear.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// `T` is float or kernels::Bf16. Every matrix is there once, also an embedding that is tied to the
// head.
template <typename T>
class CpuWeights {
 public:
  struct Layer {
    // What norms multiply by; empty where the architecture has none.
    std::vector<float> input_norm, q_norm, k_norm, attention_out_norm, post_norm, mlp_out_norm;
    // gate_up gives activation(gate) * up; output and down add to the residual stream, unless their
    // results are normed first.
    PackedLinear<T> qkv, output, gate_up, down;
  };

  // Memory for all weights. Throws std::bad_alloc if there is not enough.
  explicit CpuWeights(const Architecture& architecture);

  // Copies weights of the architecture and of type T into the memory that it has. If it throws, the
  // old weights are still there; only the first weights can run out of memory later than that.
  void Set(const ModelWeights& received, ThreadTeam& team);

  const std::vector<Layer>& layers() const { return layers_; }
  const PackedLinear<T>& head() const { return head_; }
  const std::vector<float>& final_norm() const { return final_norm_; }
  // Copies the embedding [hidden_size] of a token, without embedding_scale.
  void CopyEmbedding(int32_t token, T* out) const;

 private:
  const Architecture architecture_;
  LargeMemory memory_;  // Of all products.
  std::vector<Layer> layers_;
  PackedLinear<T> head_;      // To float32 logits.
  std::vector<T> embedding_;  // [vocab_size, hidden_size]; empty if it is the head's.
  std::vector<float> final_norm_;
};

}  // namespace hir

#endif  // HIR_GENERATE_CPU_WEIGHTS_H_
