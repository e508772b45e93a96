#include "hir/rpc/chunks.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {

absl::StatusOr<std::vector<common::v1::Chunk>> SplitIntoChunks(std::string message) {
  if (message.size() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a message of ", message.size(),
                                                   " bytes is above the limit of ",
                                                   kMaxMessageBytes, " bytes."));
  }
  std::vector<common::v1::Chunk> chunks;
  if (message.size() <= kMaxChunkBytes) {
    // Nearly every message: its bytes are needed nowhere else.
    chunks.emplace_back().set_data(std::move(message));
  } else {
    for (size_t begin = 0; begin < message.size(); begin += kMaxChunkBytes) {
      chunks.emplace_back().set_data(message.substr(begin, kMaxChunkBytes));
    }
  }
  chunks.back().set_last(true);
  return chunks;
}

absl::StatusOr<bool> ChunkJoiner::Add(common::v1::Chunk chunk) {
  if (chunk.data().size() > kMaxChunkBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a chunk of ", chunk.data().size(),
                                                   " bytes is above the limit of ", kMaxChunkBytes,
                                                   " bytes."));
  }
  if (message_.size() + chunk.data().size() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a chunked message is above the limit of ", kMaxMessageBytes, " bytes."));
  }
  if (!chunk.last()) {
    HIR_RETURN_IF_ERROR(unfinished_.Take(static_cast<int64_t>(chunk.data().size())));
  }
  if (message_.empty()) {
    message_ = std::move(*chunk.mutable_data());
  } else {
    message_.append(chunk.data());
  }
  pending_ = !chunk.last();
  return chunk.last();
}

std::string ChunkJoiner::Take() {
  pending_ = false;
  unfinished_.GiveBack();
  return std::exchange(message_, {});
}

}  // namespace hir
