// Reading and writing of safetensors files, single and sharded.
//
// Source: the format as https://github.com/huggingface/safetensors states it: 8 bytes of header
// length (little endian), a JSON header (name -> dtype, shape, data_offsets), then the data.
#ifndef HIR_MODEL_SAFETENSORS_H_
#define HIR_MODEL_SAFETENSORS_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hir {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// One file, mapped into memory. Thread-safe.
class SafetensorsFile {
 public:
  // Maps `path` and checks its header against the file's size.
  // NOT_FOUND: no such file. INVALID_ARGUMENT: truncated or malformed; the message names the file
  // and, where one is at fault, the tensor.
  static absl::StatusOr<SafetensorsFile> Open(const std::string& path);

  const std::string& path() const { return path_; }
  // In the order of the names.
  std::vector<std::string> Names() const;
  bool Has(const std::string& name) const { return entries_.count(name) > 0; }

  // Returns a contiguous CPU copy of the tensor `name`, converted to `dtype`.
  // INVALID_ARGUMENT: no such tensor, its shape is not `shape`, or its stored type is not one of
  // F32, BF16 and F16; the message names file and tensor.
  absl::StatusOr<at::Tensor> Read(const std::string& name, at::IntArrayRef shape,
                                  at::ScalarType dtype) const;

 private:
  struct Entry {
    std::string dtype;
    std::vector<int64_t> shape;
    int64_t begin = 0;  // Bytes from the start of the file.
    int64_t end = 0;
  };
  absl::Status ParseHeader();

  std::string path_;
  std::shared_ptr<const char> data_;
  int64_t size_ = 0;
  std::map<std::string, Entry> entries_;
};

// The weights of a model folder: model.safetensors, or the shards that
// model.safetensors.index.json lists. Thread-safe.
class SafetensorsFolder {
 public:
  // NOT_FOUND: neither file is there, or a listed shard isn't. INVALID_ARGUMENT: a malformed index
  // or shard.
  static absl::StatusOr<SafetensorsFolder> Open(const std::string& folder);

  bool Has(const std::string& name) const { return file_of_.count(name) > 0; }
  // As SafetensorsFile::Read().
  absl::StatusOr<at::Tensor> Read(const std::string& name, at::IntArrayRef shape,
                                  at::ScalarType dtype) const;

 private:
  std::string folder_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, size_t> file_of_;
};

// Writes `tensors` (on any device, F32, BF16 or F16) to `path` through a temporary name.
// INVALID_ARGUMENT: another type. UNAVAILABLE: the file can't be written.
absl::Status WriteSafetensors(const std::string& path, const NamedTensors& tensors);

// Writes model.safetensors into `folder`, or, when the tensors take more than `max_shard_bytes`,
// shards of at most that size (a larger tensor gets a shard of its own) and their index.
absl::Status WriteSafetensorsFolder(const std::string& folder, const NamedTensors& tensors,
                                    int64_t max_shard_bytes);

}  // namespace hir

#endif  // HIR_MODEL_SAFETENSORS_H_
