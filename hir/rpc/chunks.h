// Messages above 1 MiB as a sequence of hir.common.v1.Chunk.
#ifndef HIR_RPC_CHUNKS_H_
#define HIR_RPC_CHUNKS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/common/v1/common.pb.h"
#include "hir/rpc/quota.h"

namespace hir {

inline constexpr size_t kMaxChunkBytes = size_t{1} << 20;
inline constexpr size_t kMaxMessageBytes = size_t{64} << 20;

// Cuts a serialised message into pieces of at most 1 MiB; the last one has `last`. An empty message
// gives one empty piece; one that fits into a piece is moved there. INVALID_ARGUMENT: above 64 MiB.
absl::StatusOr<std::vector<common::v1::Chunk>> SplitIntoChunks(std::string message);

// Puts the messages of one stream together again. Not thread-safe.
class ChunkJoiner {
 public:
  // The bytes of a message, except those of its last chunk, count in `unfinished` until Take().
  explicit ChunkJoiner(Quota::Share unfinished = {}) : unfinished_(std::move(unfinished)) {}

  // Returns true when `chunk` ends a message, which Take() then gives. INVALID_ARGUMENT: a piece
  // above 1 MiB or a message above 64 MiB. RESOURCE_EXHAUSTED: `unfinished` has no room for more.
  // The stream can't go on after an error. A message of one chunk is moved out of it.
  absl::StatusOr<bool> Add(common::v1::Chunk chunk);
  // Returns the whole message and makes the joiner ready for the next.
  std::string Take();
  // Bytes of the message so far.
  size_t size() const { return message_.size(); }
  // Whether pieces of an unfinished message are held.
  bool pending() const { return pending_; }

 private:
  Quota::Share unfinished_;
  std::string message_;
  bool pending_ = false;
};

}  // namespace hir

#endif  // HIR_RPC_CHUNKS_H_
