#include "hir/model_folder/safetensors.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

constexpr int64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // The limit of the reference implementation.

// Bytes per value of a safetensors type; 0 = unknown type.
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

std::string ShapeText(const std::vector<int64_t>& shape) {
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
  HIR_ASSIGN_OR_RETURN(const int descriptor, OpenRegularFile(path));
  const absl::Cleanup closer = [&] { close(descriptor); };
  struct stat info = {};
  if (fstat(descriptor, &info) != 0) return absl::UnavailableError(path + " can't be read.");
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

// Parses one entry of the header; `data` is the part of the file after the header.
absl::StatusOr<StoredTensor> ParseEntry(const std::string& path, const std::string& name,
                                        const json& value, std::string_view data) {
  if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() ||
      !value.contains("shape") || !IsWholeNumbers(value["shape"]) ||
      !value.contains("data_offsets") || !IsWholeNumbers(value["data_offsets"]) ||
      value["data_offsets"].size() != 2) {
    return Malformed(path, absl::StrCat("the header entry of tensor ", name, " is malformed"));
  }
  const int64_t begin = value["data_offsets"][0].get<int64_t>();
  const int64_t end = value["data_offsets"][1].get<int64_t>();
  const int64_t size = static_cast<int64_t>(data.size());
  if (end > size) {
    return Malformed(path, absl::StrCat("tensor ", name, " ends at byte ", end, " of only ", size,
                                        ", so the file is truncated"));
  }
  StoredTensor tensor{
      value["dtype"].get<std::string>(), value["shape"].get<std::vector<int64_t>>(), {}};
  if (begin > end || !FillsBytes(tensor.shape, tensor.dtype, end - begin)) {
    return Malformed(path, absl::StrCat("tensor ", name, " of shape ", ShapeText(tensor.shape),
                                        " and type ", tensor.dtype, " doesn't fill its bytes"));
  }
  tensor.bytes = data.substr(begin, end - begin);
  return tensor;
}

// A name that occurs twice in the header leaves a gap, since the map keeps only one of the two.
bool CoversWithoutGap(const std::map<std::string, StoredTensor>& tensors, std::string_view data) {
  std::vector<std::string_view> parts;
  for (const auto& [name, tensor] : tensors) parts.push_back(tensor.bytes);
  std::sort(parts.begin(), parts.end(), [](std::string_view a, std::string_view b) {
    return std::make_pair(a.data(), a.size()) < std::make_pair(b.data(), b.size());
  });
  const char* next = data.data();
  for (const std::string_view part : parts) {
    if (part.data() != next) return false;
    next += part.size();
  }
  return next == data.data() + data.size();
}

}  // namespace

std::string SafetensorsHeader(absl::Span<const TensorLayout> tensors) {
  json header = {{"__metadata__", {{"format", "pt"}}}};
  uint64_t offset = 0;
  for (const TensorLayout& tensor : tensors) {
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes}}};
    offset += tensor.bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + text;
}

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
    return Malformed(path_,
                     absl::StrCat("the header of ", length, " bytes exceeds the file of ", size_,
                                  " bytes, so it is truncated or not a safetensors file"));
  }
  if (length > kMaxHeaderBytes) {
    return Malformed(path_, absl::StrCat("the header takes ", length, " bytes; at most ",
                                         kMaxHeaderBytes, " are allowed"));
  }
  const char* text = data_.get() + kLengthBytes;
  const json header = ParseJson({text, length}).value_or(json());
  if (!header.is_object()) return Malformed(path_, "the header is not a JSON object");
  const std::string_view data(text + length, size_ - kLengthBytes - length);
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") continue;
    HIR_ASSIGN_OR_RETURN(StoredTensor tensor, ParseEntry(path_, name, value, data));
    tensors_.emplace(name, std::move(tensor));
  }
  if (!CoversWithoutGap(tensors_, data)) {
    return Malformed(path_, "its tensors leave a gap in the data, overlap, or have one name twice");
  }
  return absl::OkStatus();
}

absl::StatusOr<const StoredTensor*> SafetensorsFile::Find(const std::string& name,
                                                          const std::vector<int64_t>& shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": tensor ", name, " is missing."));
  }
  if (found->second.shape != shape) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": tensor ", name, " has shape ", ShapeText(found->second.shape),
                     ", but the model asks for ", ShapeText(shape), "."));
  }
  return &found->second;
}

absl::StatusOr<SafetensorsFolder> SafetensorsFolder::Open(const std::string& folder) {
  SafetensorsFolder out;
  out.folder_ = folder;
  absl::StatusOr<SafetensorsFile> single = SafetensorsFile::Open(folder + "/model.safetensors");
  if (single.ok()) {
    HIR_RETURN_IF_ERROR(out.AddFile(*std::move(single)));
    return out;
  }
  if (!absl::IsNotFound(single.status())) return single.status();
  const std::string index_path = folder + "/model.safetensors.index.json";
  if (absl::Status status = out.AddShards(index_path); !status.ok()) return status;
  return out;
}

absl::Status SafetensorsFolder::AddFile(SafetensorsFile file) {
  for (const auto& [name, tensor] : file.tensors()) {
    const auto [entry, fresh] = file_of_.emplace(name, files_.size());
    if (!fresh) {
      return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " is in ",
                                                     files_[entry->second].path(), " and in ",
                                                     file.path(), "; one of them is left over."));
    }
  }
  files_.push_back(std::move(file));
  return absl::OkStatus();
}

absl::Status SafetensorsFolder::AddShards(const std::string& index_path) {
  const absl::StatusOr<std::string> text = ReadFile(index_path);
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(absl::StrCat(
        folder_, " has no weights: neither model.safetensors nor model.safetensors.index.json."));
  }
  if (!text.ok()) return text.status();
  const json index = ParseJson(*text).value_or(json());
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    return Malformed(index_path, "field weight_map is missing");
  }
  std::map<std::string, std::string> shard_of;
  std::set<std::string> shards;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    if (!shard.is_string() || shard.get<std::string>().find('/') != std::string::npos) {
      return Malformed(index_path, absl::StrCat("the file of tensor ", name, " is not a name"));
    }
    shard_of[name] = shard.get<std::string>();
    shards.insert(shard_of[name]);
  }
  for (const std::string& shard : shards) {
    const std::string path = absl::StrCat(folder_, "/", shard);
    absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path);
    if (absl::IsNotFound(file.status())) {
      return absl::NotFoundError(
          absl::StrCat(path, ", which ", index_path, " lists, is missing; fetch it again."));
    }
    if (!file.ok()) return file.status();
    HIR_RETURN_IF_ERROR(AddFile(*std::move(file)));
  }
  for (const auto& [name, shard] : shard_of) {
    const auto found = file_of_.find(name);
    if (found == file_of_.end() ||
        files_[found->second].path() != absl::StrCat(folder_, "/", shard)) {
      return Malformed(index_path, absl::StrCat("it says that tensor ", name, " is in ", shard,
                                                ", where it is not"));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> SafetensorsFolder::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : file_of_) names.push_back(name);
  return names;
}

absl::StatusOr<const SafetensorsFile*> SafetensorsFolder::FileOf(const std::string& name) const {
  const auto found = file_of_.find(name);
  if (found != file_of_.end()) return &files_[found->second];
  const std::string where =
      files_.size() == 1 ? files_[0].path() : folder_ + "/model.safetensors.index.json";
  return absl::InvalidArgumentError(absl::StrCat(where, ": tensor ", name, " is missing."));
}

}  // namespace hir
