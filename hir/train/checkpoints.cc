#include "hir/train/checkpoints.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/file_lock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/run/paths.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

constexpr char kPointerName[] = "latest_checkpointed_iteration.txt";
// In temporary names, before the incarnation of the learner that writes.
constexpr std::string_view kTemporary = ".writing.";
// A learner that holds the lock for longer has stalled and was replaced.
constexpr absl::Duration kLockPatience = absl::Seconds(10);

// Held while names change. Null where a learner that has stalled holds it.
absl::StatusOr<std::unique_ptr<FileLock>> LockNames(const std::string& folder) {
  auto lock = FileLock::Take(absl::StrCat(folder, "/.lock"), kLockPatience);
  if (absl::IsDeadlineExceeded(lock.status())) return std::unique_ptr<FileLock>();
  return lock;
}

// Incarnation and step; older checkpoints compare less.
using Age = std::pair<uint64_t, int64_t>;

// A checkpoint that can't be read counts as the oldest.
Age AgeOf(const std::string& folder, int64_t step) {
  const absl::StatusOr<CheckpointRecord> record = ReadCheckpointRecord(folder);
  return {record.ok() ? record->incarnation : 0, step};
}

}  // namespace

absl::Status MarkBestCheckpoint(const std::string& run_dir, int64_t step) {
  const std::string checkpoint = CheckpointPath(run_dir, step);
  const std::string link = BestCheckpointPath(run_dir);
  HIR_ASSIGN_OR_RETURN(const auto lock, LockNames(CheckpointsFolder(run_dir)));
  std::error_code error;
  if (!fs::exists(checkpoint, error)) {
    return absl::NotFoundError(absl::StrCat("there is no checkpoint ", checkpoint));
  }
  // Of no incarnation, so that every learner removes it if it is left over.
  const std::string temporary = absl::StrCat(link, std::string(kTemporary), 0);
  fs::remove(temporary, error);
  fs::create_symlink(fs::path(checkpoint).filename(), temporary, error);
  if (!error) fs::rename(temporary, link, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the link ", link, " can't be made: ", error.message()));
}

Checkpoints::Checkpoints(std::string run_dir, int keep_last, int keep_every)
    : run_dir_(std::move(run_dir)),
      folder_(CheckpointsFolder(run_dir_)),
      keep_last_(std::max(1, keep_last)),
      keep_every_(keep_every) {}

std::string Checkpoints::FolderOf(int64_t step) const { return CheckpointPath(run_dir_, step); }

absl::StatusOr<std::string> Checkpoints::Write(
    const CheckpointRecord& record, absl::FunctionRef<absl::Status(const std::string&)> save,
    absl::FunctionRef<absl::Status()> fence) {
  std::error_code error;
  fs::create_directories(folder_, error);
  RemoveLeftovers(record.incarnation);
  const std::string folder = FolderOf(record.step);
  const std::string temporary = absl::StrCat(folder, std::string(kTemporary), record.incarnation);
  const absl::Cleanup remove_temporary = [&] { fs::remove_all(temporary, error); };
  HIR_RETURN_IF_ERROR(save(temporary));
  HIR_RETURN_IF_ERROR(WriteCheckpointRecord(temporary, record));
  HIR_RETURN_IF_ERROR(Show(record, temporary, fence));
  return folder;
}

absl::Status Checkpoints::Show(const CheckpointRecord& record, const std::string& temporary,
                               absl::FunctionRef<absl::Status()> fence) const {
  HIR_ASSIGN_OR_RETURN(const auto lock, LockNames(folder_));
  HIR_RETURN_IF_ERROR(fence());
  const std::string folder = FolderOf(record.step);
  const Age before = AgeOf(folder, record.step);
  if (before.first > record.incarnation) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder, " belongs to incarnation ", before.first, ", this learner of ",
                     record.incarnation, "; another learner has taken over"));
  }
  std::error_code error;
  fs::remove_all(folder, error);
  fs::rename(temporary, folder, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("the checkpoint can't be renamed to ", folder, ": ", error.message()));
  }
  return WriteFileAtomically(absl::StrCat(folder_, "/", kPointerName),
                             absl::StrCat(record.step, "\n"));
}

absl::StatusOr<std::optional<FoundCheckpoint>> Checkpoints::FindNewest(
    const std::string& run) const {
  std::vector<Age> ages;
  for (const int64_t step : Steps()) {
    const absl::StatusOr<CheckpointRecord> record = ReadCheckpointRecord(FolderOf(step));
    if (absl::IsFailedPrecondition(record.status())) return record.status();
    ages.push_back(AgeOf(FolderOf(step), step));
  }
  std::sort(ages.rbegin(), ages.rend());
  for (const auto& [incarnation, step] : ages) {
    const std::string folder = FolderOf(step);
    const absl::StatusOr<CheckpointRecord> record = ReadWholeCheckpoint(folder);
    if (!record.ok()) {
      Log(Severity::kWarning, "skipping a damaged checkpoint",
          {{"run", run}, {"folder", folder}, {"reason", std::string(record.status().message())}});
      continue;
    }
    if (record->run != run) {
      return absl::FailedPreconditionError(
          absl::StrCat(folder, " belongs to run \"", record->run, "\", not to \"", run,
                       "\"; use another output_dir or checkpoint.resume=off"));
    }
    if (record->step != step) {
      return absl::FailedPreconditionError(
          absl::StrCat(folder, " holds the checkpoint of step ", record->step,
                       "; rename the folder back to that step's name, or remove it"));
    }
    return FoundCheckpoint{*record, folder};
  }
  return std::nullopt;
}

std::vector<int64_t> Checkpoints::Steps() const { return CheckpointSteps(run_dir_); }

void Checkpoints::RemoveLeftovers(uint64_t incarnation) const {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename();
    const size_t suffix = name.find(kTemporary);
    if (suffix == std::string::npos) continue;
    const std::string rest = name.substr(suffix + kTemporary.size());  // "7" or "7.tmp.1234".
    uint64_t writer = 0;
    if (!absl::SimpleAtoi(rest.substr(0, rest.find('.')), &writer)) continue;
    if (writer <= incarnation) leftovers.push_back(entry.path());
  }
  for (const fs::path& path : leftovers) fs::remove_all(path, error);
}

std::vector<int64_t> Checkpoints::NotNewerThan(const CheckpointRecord& written) const {
  const Age own = {written.incarnation, written.step};
  std::vector<Age> ages = {own};
  for (const int64_t step : Steps()) {
    const Age age = AgeOf(FolderOf(step), step);
    if (age < own) ages.push_back(age);
  }
  std::sort(ages.rbegin(), ages.rend());
  std::vector<int64_t> steps;
  for (const Age& age : ages) steps.push_back(age.second);
  return steps;
}

int64_t Checkpoints::OldestKept(const CheckpointRecord& written) const {
  const std::vector<int64_t> steps = NotNewerThan(written);
  const size_t kept = std::min(steps.size(), static_cast<size_t>(keep_last_));
  return *std::min_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(kept));
}

void Checkpoints::PruneOlderThan(const CheckpointRecord& written) const {
  const std::vector<int64_t> steps = NotNewerThan(written);
  std::error_code error;
  std::vector<std::string> removed;
  const auto lock = LockNames(folder_);  // So that the best does not change meanwhile.
  const std::string best = fs::read_symlink(BestCheckpointPath(run_dir_), error);
  for (size_t i = static_cast<size_t>(keep_last_); i < steps.size(); ++i) {
    const std::string folder = FolderOf(steps[i]);
    if (IsKept(steps[i], best)) continue;
    // Read again, since a successor may have written that step in the meantime.
    if (AgeOf(folder, steps[i]).first > written.incarnation) continue;
    removed.push_back(absl::StrCat(folder, std::string(kTemporary), written.incarnation));
    fs::rename(folder, removed.back(), error);
  }
  for (const std::string& folder : removed) fs::remove_all(folder, error);
}

bool Checkpoints::IsKept(int64_t step, const std::string& best) const {
  return (keep_every_ > 0 && step % keep_every_ == 0) ||
         fs::path(FolderOf(step)).filename() == best;
}

}  // namespace hir
