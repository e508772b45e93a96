#include "hir/model/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

constexpr int64_t kLengthBytes = 8;

std::optional<at::ScalarType> TypeOf(const std::string& dtype) {
  if (dtype == "F32") return at::kFloat;
  if (dtype == "BF16") return at::kBFloat16;
  if (dtype == "F16") return at::kHalf;
  return std::nullopt;
}

// Bytes a value of any safetensors type takes; 0 = unknown type.
int64_t BytesOfType(const std::string& dtype) {
  if (dtype == "F64" || dtype == "I64" || dtype == "U64" || dtype == "C64") return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  if (dtype == "BF16" || dtype == "F16" || dtype == "I16" || dtype == "U16") return 2;
  if (dtype == "I8" || dtype == "U8" || dtype == "BOOL" || dtype.starts_with("F8_")) return 1;
  return 0;
}

absl::Status Malformed(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what, "; fetch the file again."));
}

std::string ShapeText(at::IntArrayRef shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

bool IsWholeNumbers(const json& value) {
  if (!value.is_array()) return false;
  for (const json& item : value) {
    if (!item.is_number_integer() || item.get<int64_t>() < 0) return false;
  }
  return true;
}

// Whether `shape` of values of `dtype` takes exactly `bytes`; guards the product's overflow.
bool FillsBytes(const std::vector<int64_t>& shape, const std::string& dtype, int64_t bytes) {
  const int64_t width = BytesOfType(dtype);
  if (width == 0 || bytes % width != 0) return false;
  __int128 count = 1;
  for (int64_t dimension : shape) {
    count *= dimension;
    if (count > bytes) return false;
  }
  return count * width == bytes;
}

absl::StatusOr<std::shared_ptr<const char>> MapFile(const std::string& path, int64_t& size) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const std::string text =
        absl::StrCat(path, " can't be opened: ", std::system_category().message(errno), ".");
    return errno == ENOENT ? absl::NotFoundError(text) : absl::UnavailableError(text);
  }
  const absl::Cleanup closer = [&] { close(descriptor); };
  struct stat info = {};
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a file."));
  }
  size = info.st_size;
  if (size < kLengthBytes) return Malformed(path, "the file is too short for a header");
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) {
    return absl::UnavailableError(
        absl::StrCat(path, " can't be mapped: ", std::system_category().message(errno), "."));
  }
  return std::shared_ptr<const char>(static_cast<const char*>(data),
                                     [size](const char* p) { munmap(const_cast<char*>(p), size); });
}

}  // namespace

absl::StatusOr<SafetensorsFile> SafetensorsFile::Open(const std::string& path) {
  SafetensorsFile file;
  file.path_ = path;
  HIR_ASSIGN_OR_RETURN(file.data_, MapFile(path, file.size_));
  HIR_RETURN_IF_ERROR(file.ParseHeader());
  return file;
}

absl::Status SafetensorsFile::ParseHeader() {
  uint64_t length = 0;
  std::memcpy(&length, data_.get(), kLengthBytes);
  if (length > static_cast<uint64_t>(size_ - kLengthBytes)) {
    return Malformed(path_, absl::StrCat("the header of ", length, " bytes exceeds the file of ",
                                         size_, " bytes, so it is truncated or no safetensors"));
  }
  const char* text = data_.get() + kLengthBytes;
  const json header = json::parse(text, text + length, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return Malformed(path_, "the header is not a JSON object");
  const int64_t start = kLengthBytes + static_cast<int64_t>(length);
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") continue;
    if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() ||
        !value.contains("shape") || !IsWholeNumbers(value["shape"]) ||
        !value.contains("data_offsets") || !IsWholeNumbers(value["data_offsets"]) ||
        value["data_offsets"].size() != 2) {
      return Malformed(path_, absl::StrCat("the header entry of tensor ", name, " is malformed"));
    }
    const int64_t begin = value["data_offsets"][0].get<int64_t>();
    const int64_t end = value["data_offsets"][1].get<int64_t>();
    if (end > size_ - start) {
      return Malformed(path_, absl::StrCat("tensor ", name, " ends at byte ", end, " of only ",
                                           size_ - start, ", so the file is truncated"));
    }
    Entry entry{value["dtype"].get<std::string>(), value["shape"].get<std::vector<int64_t>>(),
                start + begin, start + end};
    if (begin > end || !FillsBytes(entry.shape, entry.dtype, end - begin)) {
      return Malformed(path_, absl::StrCat("tensor ", name, " of shape ", ShapeText(entry.shape),
                                           " and type ", entry.dtype, " doesn't fill its bytes"));
    }
    entries_.emplace(name, std::move(entry));
  }
  return absl::OkStatus();
}

std::vector<std::string> SafetensorsFile::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

absl::StatusOr<at::Tensor> SafetensorsFile::Read(const std::string& name, at::IntArrayRef shape,
                                                 at::ScalarType dtype) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": tensor ", name, " is missing."));
  }
  const Entry& entry = found->second;
  if (at::IntArrayRef(entry.shape) != shape) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": tensor ", name, " has shape ", ShapeText(entry.shape),
                     ", but config.json asks for ", ShapeText(shape), "."));
  }
  const std::optional<at::ScalarType> stored = TypeOf(entry.dtype);
  if (!stored) {
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ": tensor ", name, " has type ", entry.dtype, "; supported are F32, BF16 and F16."));
  }
  // The data may lie at an odd address, so the bytes are copied before they are read as numbers.
  at::Tensor raw = at::empty(shape, at::TensorOptions().dtype(*stored));
  std::memcpy(raw.data_ptr(), data_.get() + entry.begin, entry.end - entry.begin);
  return raw.to(dtype);
}

absl::StatusOr<SafetensorsFolder> SafetensorsFolder::Open(const std::string& folder) {
  SafetensorsFolder out;
  out.folder_ = folder;
  const std::string index_path = absl::StrCat(folder, "/model.safetensors.index.json");
  if (access(index_path.c_str(), F_OK) != 0) {
    HIR_ASSIGN_OR_RETURN(SafetensorsFile file,
                         SafetensorsFile::Open(absl::StrCat(folder, "/model.safetensors")));
    for (const std::string& name : file.Names()) out.file_of_[name] = 0;
    out.files_.push_back(std::move(file));
    return out;
  }
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(index_path));
  const json index = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    return Malformed(index_path, "field weight_map is missing");
  }
  std::map<std::string, size_t> opened;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    if (!shard.is_string() || shard.get<std::string>().find('/') != std::string::npos) {
      return Malformed(index_path, absl::StrCat("the file of tensor ", name, " is not a name"));
    }
    const auto [entry, fresh] = opened.emplace(shard.get<std::string>(), out.files_.size());
    if (fresh) {
      HIR_ASSIGN_OR_RETURN(SafetensorsFile file,
                           SafetensorsFile::Open(absl::StrCat(folder, "/", entry->first)));
      out.files_.push_back(std::move(file));
    }
    out.file_of_[name] = entry->second;
  }
  return out;
}

absl::StatusOr<at::Tensor> SafetensorsFolder::Read(const std::string& name, at::IntArrayRef shape,
                                                   at::ScalarType dtype) const {
  const auto found = file_of_.find(name);
  if (found == file_of_.end()) {
    const std::string where = files_.size() == 1
                                  ? files_[0].path()
                                  : absl::StrCat(folder_, "/model.safetensors.index.json");
    return absl::InvalidArgumentError(absl::StrCat(where, ": tensor ", name, " is missing."));
  }
  return files_[found->second].Read(name, shape, dtype);
}

}  // namespace hir
