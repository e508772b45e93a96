#include "hir/train/checkpoints.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/log.h"
#include "hir/base/sha256.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

namespace fs = std::filesystem;

constexpr char kRecordName[] = "trainer_state.json";
constexpr char kPointerName[] = "latest_checkpointed_iteration.txt";
constexpr std::string_view kPrefix = "global_step_";

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

// File name -> hash, of every file but the record itself.
absl::StatusOr<std::map<std::string, std::string>> HashesOf(const std::string& folder) {
  std::map<std::string, std::string> hashes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (name == kRecordName) continue;
    HIR_ASSIGN_OR_RETURN(hashes[name], HashOfFile(entry.path()));
  }
  if (error) return absl::UnavailableError(absl::StrCat(folder, ": ", error.message()));
  return hashes;
}

absl::StatusOr<CheckpointRecord> ReadRecord(const std::string& folder) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(absl::StrCat(folder, "/", kRecordName)));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    const CheckpointRecord record{.step = json.at("step"),
                                  .run = json.at("run"),
                                  .incarnation = json.at("incarnation"),
                                  .weights_digest = json.at("weights_digest")};
    HIR_ASSIGN_OR_RETURN(const auto hashes, HashesOf(folder));
    for (const auto& [name, hash] : json.at("sha256").items()) {
      const auto it = hashes.find(name);
      if (it == hashes.end() || it->second != hash.get<std::string>()) {
        return absl::DataLossError(absl::StrCat(folder, "/", name, " is missing or damaged"));
      }
    }
    return record;
  } catch (const nlohmann::json::exception&) {
    return absl::DataLossError(absl::StrCat(folder, "/", kRecordName, " is malformed"));
  }
}

absl::Status WriteRecord(const std::string& folder, const CheckpointRecord& record) {
  HIR_ASSIGN_OR_RETURN(const auto hashes, HashesOf(folder));
  const nlohmann::json json = {{"step", record.step},
                               {"run", record.run},
                               {"incarnation", record.incarnation},
                               {"weights_digest", record.weights_digest},
                               {"sha256", hashes}};
  return WriteFileAtomically(absl::StrCat(folder, "/", kRecordName), json.dump(1) + "\n");
}

}  // namespace

Checkpoints::Checkpoints(std::string run_dir, int keep_last)
    : folder_(std::move(run_dir) + "/checkpoints"), keep_last_(std::max(1, keep_last)) {}

std::string Checkpoints::FolderOf(int64_t step) const {
  return absl::StrCat(folder_, "/", std::string(kPrefix), step);
}

absl::StatusOr<std::string> Checkpoints::Write(
    const CheckpointRecord& record, absl::FunctionRef<absl::Status(const std::string&)> save) {
  std::error_code error;
  fs::create_directories(folder_, error);
  RemoveLeftovers();
  const std::string folder = FolderOf(record.step);
  const std::string temporary = folder + ".writing";
  const absl::Cleanup remove_temporary = [&] { fs::remove_all(temporary, error); };
  HIR_RETURN_IF_ERROR(save(temporary));
  HIR_RETURN_IF_ERROR(WriteRecord(temporary, record));
  fs::remove_all(folder, error);
  fs::rename(temporary, folder, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("the checkpoint can't be named ", folder, ": ", error.message()));
  }
  HIR_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder_, "/", kPointerName),
                                          absl::StrCat(record.step, "\n")));
  Prune(record.step);
  return folder;
}

absl::StatusOr<std::optional<FoundCheckpoint>> Checkpoints::FindNewest(
    const std::string& run) const {
  const std::vector<int64_t> steps = Steps();
  for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
    const std::string folder = FolderOf(*it);
    const absl::StatusOr<CheckpointRecord> record = ReadRecord(folder);
    if (!record.ok()) {
      Log(Severity::kWarning, "a checkpoint is damaged and passed over",
          {{"run", run}, {"folder", folder}, {"reason", std::string(record.status().message())}});
      continue;
    }
    if (record->run != run) {
      return absl::FailedPreconditionError(
          absl::StrCat(folder, " belongs to run \"", record->run, "\", not to \"", run,
                       "\"; use another output_dir or checkpoint.resume=off"));
    }
    return FoundCheckpoint{*record, folder};
  }
  return std::nullopt;
}

std::vector<int64_t> Checkpoints::Steps() const {
  std::vector<int64_t> steps;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename();
    int64_t step = 0;
    if (name.rfind(kPrefix, 0) == 0 && absl::SimpleAtoi(name.substr(kPrefix.size()), &step)) {
      steps.push_back(step);
    }
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

void Checkpoints::RemoveLeftovers() const {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename();
    if (name.find(".writing") != std::string::npos) leftovers.push_back(entry.path());
  }
  for (const fs::path& path : leftovers) fs::remove_all(path, error);
}

void Checkpoints::Prune(int64_t newest) const {
  std::vector<int64_t> steps = Steps();
  std::error_code error;
  for (; !steps.empty() && steps.back() > newest; steps.pop_back()) {
    fs::remove_all(FolderOf(steps.back()), error);
  }
  for (size_t i = 0; i + keep_last_ < steps.size(); ++i) fs::remove_all(FolderOf(steps[i]), error);
}

}  // namespace hir
