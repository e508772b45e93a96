#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/model/safetensors.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

absl::StatusOr<std::string> NameOfType(const std::string& tensor, at::ScalarType type) {
  if (type == at::kFloat) return std::string("F32");
  if (type == at::kBFloat16) return std::string("BF16");
  if (type == at::kHalf) return std::string("F16");
  return absl::InvalidArgumentError(
      absl::StrCat("Tensor ", tensor, " has type ", at::toString(type),
                   "; safetensors files here take float32, bfloat16 and float16."));
}

absl::StatusOr<std::string> Header(const NamedTensors& tensors) {
  std::vector<TensorLayout> layout;
  for (const auto& [name, tensor] : tensors) {
    HIR_ASSIGN_OR_RETURN(const std::string type, NameOfType(name, tensor.scalar_type()));
    layout.push_back({name, type, tensor.sizes().vec(), tensor.nbytes()});
  }
  return SafetensorsHeader(layout);
}

bool WriteAll(int descriptor, const char* data, int64_t size) {
  while (size > 0) {
    const ssize_t written = write(descriptor, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= written;
  }
  return true;
}

bool WriteTensors(int descriptor, const std::string& header, const NamedTensors& tensors) {
  if (!WriteAll(descriptor, header.data(), static_cast<int64_t>(header.size()))) return false;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor bytes = tensor.detach().cpu().contiguous();
    if (!WriteAll(descriptor, static_cast<const char*>(bytes.data_ptr()),
                  static_cast<int64_t>(bytes.nbytes()))) {
      return false;
    }
  }
  return fsync(descriptor) == 0;
}

// Splits `tensors`, in order, into runs of at most `max_bytes`, but at least one tensor.
std::vector<NamedTensors> Shards(const NamedTensors& tensors, int64_t max_bytes) {
  std::vector<NamedTensors> shards;
  int64_t filled = 0;
  for (const auto& named : tensors) {
    const int64_t bytes = static_cast<int64_t>(named.second.nbytes());
    if (shards.empty() || filled + bytes > max_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(named);
    filled += bytes;
  }
  return shards;
}

}  // namespace

absl::Status WriteSafetensors(const std::string& path, const NamedTensors& tensors) {
  HIR_ASSIGN_OR_RETURN(const std::string header, Header(tensors));
  const std::string temporary = absl::StrCat(path, ".tmp.", getpid());
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return absl::UnavailableError(
        absl::StrCat(path, " can't be written: ", std::system_category().message(errno), "."));
  }
  bool good = WriteTensors(descriptor, header, tensors);
  good = close(descriptor) == 0 && good;
  good = good && rename(temporary.c_str(), path.c_str()) == 0;
  if (good) return absl::OkStatus();
  const std::string reason = std::system_category().message(errno);
  unlink(temporary.c_str());
  return absl::UnavailableError(absl::StrCat(path, " can't be written: ", reason, "."));
}

absl::Status WriteSafetensorsFolder(const std::string& folder, const NamedTensors& tensors,
                                    int64_t max_shard_bytes) {
  const std::vector<NamedTensors> shards = Shards(tensors, max_shard_bytes);
  if (shards.size() <= 1) {
    return WriteSafetensors(absl::StrCat(folder, "/model.safetensors"), tensors);
  }
  json index = {{"weight_map", json::object()}};
  int64_t total = 0;
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string file =
        absl::StrFormat("model-%05d-of-%05d.safetensors", i + 1, shards.size());
    HIR_RETURN_IF_ERROR(WriteSafetensors(absl::StrCat(folder, "/", file), shards[i]));
    for (const auto& [name, tensor] : shards[i]) {
      index["weight_map"][name] = file;
      total += static_cast<int64_t>(tensor.nbytes());
    }
  }
  index["metadata"] = {{"total_size", total}};
  return WriteFileAtomically(absl::StrCat(folder, "/model.safetensors.index.json"),
                             index.dump(2) + "\n");
}

}  // namespace hir
