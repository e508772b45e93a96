// Safetensors files on disk, single and sharded.
//
// Source: the format as https://github.com/huggingface/safetensors states it: 8 bytes of header
// length (little endian), a JSON header (name -> dtype, shape, data_offsets), then the data, which
// the tensors cover without gap or overlap.
#ifndef HIR_MODEL_FOLDER_SAFETENSORS_H_
#define HIR_MODEL_FOLDER_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// A tensor in a file that is mapped into memory.
struct StoredTensor {
  std::string dtype;  // "F32", "BF16" and so on.
  std::vector<int64_t> shape;
  std::string_view bytes;  // Row-major, little-endian, at any address. Valid while the file lives.
};

// A tensor that is about to be written.
struct TensorLayout {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  uint64_t bytes = 0;  // Of its data.
};

// The beginning of a file whose data are these tensors in this order: the length and the JSON
// header, padded so that the data begin at a multiple of 8.
std::string SafetensorsHeader(absl::Span<const TensorLayout> tensors);

// One file, mapped into memory. Thread-safe; copies share the mapping.
class SafetensorsFile {
 public:
  // Maps `path` and checks its header against the file's size. Never blocks on a FIFO.
  // NOT_FOUND: no such file. INVALID_ARGUMENT: not a regular file, truncated or malformed; the
  // message names the file and, where one is at fault, the tensor.
  static absl::StatusOr<SafetensorsFile> Open(const std::string& path);

  const std::string& path() const { return path_; }
  // In the order of the names.
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }

  // The tensor `name`, which must have `shape`.
  // INVALID_ARGUMENT: it is missing or has another shape; the message names file and tensor.
  absl::StatusOr<const StoredTensor*> Find(const std::string& name,
                                           const std::vector<int64_t>& shape) const;

 private:
  absl::Status ParseHeader();

  std::string path_;
  std::shared_ptr<const char> data_;
  int64_t size_ = 0;
  std::map<std::string, StoredTensor> tensors_;
};

// The weights of a model folder: model.safetensors, or, if that does not exist, the shards that
// model.safetensors.index.json lists. A single file takes precedence over an index, as in
// Transformers. Thread-safe.
class SafetensorsFolder {
 public:
  // NOT_FOUND: neither file is there, or a listed shard isn't. INVALID_ARGUMENT: a malformed index
  // or shard, a listed tensor that its shard lacks, a tensor in two shards.
  static absl::StatusOr<SafetensorsFolder> Open(const std::string& folder);

  bool Has(const std::string& name) const { return file_of_.contains(name); }
  // In the order of the names.
  std::vector<std::string> Names() const;
  // The file that has tensor `name`. INVALID_ARGUMENT, naming the single file or the index: no file
  // has it.
  absl::StatusOr<const SafetensorsFile*> FileOf(const std::string& name) const;

 private:
  absl::Status AddFile(SafetensorsFile file);
  absl::Status AddShards(const std::string& index_path);

  std::string folder_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, size_t> file_of_;
};

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_SAFETENSORS_H_
