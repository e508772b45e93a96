// Served weights: their bytes, layout and digest.
//
// The canonical bytes are the tensors of a model one after the other without gaps, in the order of
// their Hugging Face names (byte-wise), each contiguous, row-major and little-endian in the served
// type; a tied head is left out. Their SHA-256 is the digest that names the weights everywhere.
// Free of Torch and of protos, so that both computing and transferring code can use it.
#ifndef HIR_WEIGHTS_PACKED_WEIGHTS_H_
#define HIR_WEIGHTS_PACKED_WEIGHTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// The number of the rule above. Raise it with any change that gives the same weights other bytes or
// another digest. A receiver refuses weights of another format by this number, before it compares
// digests.
inline constexpr uint32_t kWeightsDigestFormat = 1;

struct PackedTensor {
  std::string name;   // Hugging Face name.
  std::string dtype;  // "BF16" or "F32", as in safetensors.
  std::vector<int64_t> shape;

  bool operator==(const PackedTensor&) const = default;
};

// A fixed sequence of tokens and what the learner computes for it with these weights. It proves, as
// far as two programs compute alike, that an engine in another process uses them. The digest does
// not cover it.
struct WeightsProbe {
  std::vector<int32_t> tokens;           // Empty = none was computed.
  std::vector<float> log_probabilities;  // Of each token but the first, nats, at temperature 1.
};

// The most tokens of a probe that is sent.
inline constexpr int kMaxProbeTokens = 1024;

// A model's canonical bytes and their layout.
struct PackedWeights {
  std::vector<PackedTensor> tensors;
  std::string bytes;
  WeightsProbe probe = {};
  // The digest of `bytes` if it has been computed, as by WeightsReceiver while they came; else
  // empty. Whoever changes `bytes` clears it.
  std::string known_digest = {};
};

// Sum of the tensors' sizes. INVALID_ARGUMENT: an unknown dtype, a negative dimension, or more
// than 2^62 bytes; the message names the tensor.
absl::StatusOr<uint64_t> TotalBytes(absl::Span<const PackedTensor> tensors);

// SHA-256 of `weights.bytes`, 32 raw bytes. Takes about half a second per GB unless it is known.
std::string WeightsDigest(const PackedWeights& weights);

}  // namespace hir

#endif  // HIR_WEIGHTS_PACKED_WEIGHTS_H_
