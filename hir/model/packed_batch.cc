#include "hir/model/packed_batch.h"

#include "absl/strings/str_cat.h"

namespace hir {
namespace {

absl::Status CheckSegments(const PackedBatch& batch) {
  int64_t next = 0;
  for (size_t i = 0; i < batch.segments.size(); ++i) {
    const Segment& segment = batch.segments[i];
    if (segment.start != next || segment.length <= 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Segment ", i, " of the batch starts at row ", segment.start, " with length ",
          segment.length, "; it must start at row ", next, " with a length above 0."));
    }
    if (segment.prefix < -1 || segment.prefix >= static_cast<int64_t>(i)) {
      return absl::InvalidArgumentError(absl::StrCat("Segment ", i, " of the batch names prefix ",
                                                     segment.prefix,
                                                     ", which is not an earlier segment."));
    }
    next += segment.length;
  }
  if (next != batch.tokens.size(0) || next != batch.positions.size(0) || next == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("The segments of the batch cover ", next, " rows, but it has ",
                     batch.tokens.size(0), " tokens and ", batch.positions.size(0), " positions."));
  }
  return absl::OkStatus();
}

absl::Status CheckRange(const at::Tensor& values, int64_t limit, const char* what) {
  const int64_t least = values.min().item<int64_t>();
  const int64_t most = values.max().item<int64_t>();
  if (least >= 0 && most < limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "The batch holds ", what, " ", least < 0 ? least : most, ", outside [0, ", limit, ")."));
}

}  // namespace

int32_t PackedBatchBuilder::Add(absl::Span<const int32_t> tokens, int32_t prefix) {
  const int64_t start = this->tokens();
  int64_t position =
      prefix < 0 ? 0 : positions_[segments_[prefix].start + segments_[prefix].length - 1] + 1;
  for (const int32_t token : tokens) {
    tokens_.push_back(token);
    positions_.push_back(position++);
  }
  segments_.push_back({start, static_cast<int64_t>(tokens.size()), prefix});
  return static_cast<int32_t>(segments_.size()) - 1;
}

PackedBatch PackedBatchBuilder::Build(at::Device device) const {
  return {at::tensor(tokens_, at::kLong).to(device), at::tensor(positions_, at::kLong).to(device),
          segments_};
}

at::Tensor PredictorRows(const PackedBatch& batch, int32_t segment) {
  const Segment& own = batch.segments[segment];
  const Segment& prefix = batch.segments[own.prefix];
  at::Tensor rows = at::arange(own.start - 1, own.start + own.length - 1, at::kLong);
  rows[0] = prefix.start + prefix.length - 1;
  return rows;
}

absl::Status CheckBatch(const Architecture& architecture, const PackedBatch& batch) {
  if (absl::Status status = CheckSegments(batch); !status.ok()) return status;
  absl::Status status = CheckRange(batch.tokens, architecture.vocab_size, "token");
  if (!status.ok()) return status;
  return CheckRange(batch.positions, architecture.max_position, "position");
}

}  // namespace hir
