// A batch whose sequences are concatenated without padding and share prefixes.
#ifndef HIR_MODEL_PACKED_BATCH_H_
#define HIR_MODEL_PACKED_BATCH_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// A run of consecutive rows of the batch. Its tokens attend causally to each other and to all
// tokens of its prefix, of the prefix' own prefix, and so on.
struct Segment {
  int64_t start = 0;    // First row.
  int64_t length = 0;   // Rows; > 0.
  int32_t prefix = -1;  // Index of an earlier segment that this one continues; -1 = none.
};

// A batch of T rows; see CheckBatch() for what a valid one must fulfil.
struct PackedBatch {
  at::Tensor tokens;              // [T] int64.
  at::Tensor positions;           // [T] int64, counted from the start of the sequence.
  std::vector<Segment> segments;  // Cover the T rows in order, without gap or overlap.
};

// Concatenates segments. Not thread-safe.
class PackedBatchBuilder {
 public:
  // Adds the tokens that follow segment `prefix` (-1: a new sequence); returns the new segment's
  // index. REQUIRES: `tokens` isn't empty; prefix < the index returned.
  int32_t Add(absl::Span<const int32_t> tokens, int32_t prefix = -1);

  int64_t tokens() const { return static_cast<int64_t>(tokens_.size()); }
  PackedBatch Build(at::Device device = at::kCPU) const;

 private:
  std::vector<int64_t> tokens_;
  std::vector<int64_t> positions_;
  std::vector<Segment> segments_;
};

// The rows of the batch whose hidden states predict the tokens of `segment`, [length] int64 on
// the CPU: the row before each token, which for the first is the last row of the prefix.
// REQUIRES: the segment has a prefix.
at::Tensor PredictorRows(const PackedBatch& batch, int32_t segment);

// INVALID_ARGUMENT: segments that leave a gap, overlap or name a later prefix; a token outside the
// vocabulary; a position past max_position.
absl::Status CheckBatch(const Architecture& architecture, const PackedBatch& batch);

}  // namespace hir

#endif  // HIR_MODEL_PACKED_BATCH_H_
