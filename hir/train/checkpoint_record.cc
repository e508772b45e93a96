#include "hir/train/checkpoint_record.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char kRecordName[] = "trainer_state.json";
constexpr char kFormat[] = "format";
constexpr char kOwnHash[] = "record_sha256";

std::string RecordPath(const std::string& folder) {
  return absl::StrCat(folder, "/", kTrainerFolder, "/", kRecordName);
}

absl::StatusOr<std::string> HashOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string piece(size_t{1} << 20, '\0');
  Sha256Stream hash;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    hash.Update(std::string_view(piece.data(), file.gcount()));
  }
  if (!file.eof()) return absl::UnavailableError(absl::StrCat(path, " can't be read"));
  return absl::BytesToHexString(hash.Finish());
}

// Maps the name of every file in the folder, except the record itself, to its hash.
absl::StatusOr<std::map<std::string, std::string>> HashesOf(const std::string& folder) {
  std::map<std::string, std::string> hashes;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (entry.is_directory(error) || entry.path() == RecordPath(folder)) continue;
    if (!entry.is_regular_file(error)) {
      return absl::DataLossError(absl::StrCat(entry.path().string(), " is not a file"));
    }
    const std::string name = entry.path().lexically_relative(folder);
    HIR_ASSIGN_OR_RETURN(hashes[name], HashOfFile(entry.path()));
  }
  if (error) return absl::UnavailableError(absl::StrCat(folder, ": ", error.message()));
  return hashes;
}

// The hash of all other fields of the record, with sorted keys.
std::string OwnHashOf(json record) {
  record.erase(kOwnHash);
  return Sha256Hex(record.dump());
}

absl::Status OtherFormatError(const std::string& folder, const json& found) {
  return absl::FailedPreconditionError(absl::StrCat(
      folder, " was written by ", found < json(kCheckpointFormat) ? "an earlier" : "a later",
      " version of HiR, in checkpoint format ", found.dump(), "; this one reads format ",
      kCheckpointFormat,
      ": go on with that version, or begin another run with model.path=", folder));
}

// Returns the stored record after checking its format and its hash.
absl::StatusOr<json> ReadJson(const std::string& folder) {
  const std::string path = RecordPath(folder);
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status()) && fs::exists(absl::StrCat(folder, "/", kRecordName))) {
    return OtherFormatError(folder, 0);
  }
  HIR_RETURN_IF_ERROR(text.status());
  json record = ParseJson(*text).value_or(json());
  if (!record.is_object()) return absl::DataLossError(absl::StrCat(path, " is malformed"));
  // The format is checked before the hash, which another format may compute differently.
  const json format = record.value(kFormat, json(1));
  if (format != kCheckpointFormat) return OtherFormatError(folder, format);
  if (record.value(kOwnHash, json()) != OwnHashOf(record)) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " was changed after it was written: it says step ",
        record.value("step", json()).dump(), " of run ", record.value("run", json()).dump(),
        " and its ", kOwnHash, " does not fit; restore the file, or remove ", folder,
        " to continue from an older checkpoint"));
  }
  return record;
}

absl::StatusOr<CheckpointRecord> FromJson(const std::string& folder, const json& record) {
  try {
    return CheckpointRecord{.step = record.at("step"),
                            .run = record.at("run"),
                            .incarnation = record.at("incarnation"),
                            .weights_digest = record.at("weights_digest"),
                            .batch_digest = record.at("batch_digest")};
  } catch (const json::exception&) {
    return absl::DataLossError(absl::StrCat(RecordPath(folder), " is malformed"));
  }
}

}  // namespace

absl::Status WriteCheckpointRecord(const std::string& folder, const CheckpointRecord& record) {
  HIR_ASSIGN_OR_RETURN(const auto hashes, HashesOf(folder));
  json object = {{kFormat, kCheckpointFormat},
                 {"step", record.step},
                 {"run", record.run},
                 {"incarnation", record.incarnation},
                 {"weights_digest", record.weights_digest},
                 {"batch_digest", record.batch_digest},
                 {"sha256", hashes}};
  object[kOwnHash] = OwnHashOf(object);
  return WriteFileAtomically(RecordPath(folder), object.dump(1) + "\n");
}

absl::StatusOr<CheckpointRecord> ReadCheckpointRecord(const std::string& folder) {
  HIR_ASSIGN_OR_RETURN(const json record, ReadJson(folder));
  return FromJson(folder, record);
}

absl::StatusOr<CheckpointRecord> ReadWholeCheckpoint(const std::string& folder) {
  HIR_ASSIGN_OR_RETURN(const json record, ReadJson(folder));
  HIR_ASSIGN_OR_RETURN(const auto hashes, HashesOf(folder));
  const json expected = record.value("sha256", json());
  if (!expected.is_object() || expected.empty()) {
    return absl::DataLossError(absl::StrCat(RecordPath(folder), " lists no files"));
  }
  for (const auto& [name, hash] : expected.items()) {
    const auto it = hashes.find(name);
    if (it == hashes.end() || hash != it->second) {
      return absl::DataLossError(absl::StrCat(folder, "/", name, " is missing or damaged"));
    }
  }
  return FromJson(folder, record);
}

}  // namespace hir
