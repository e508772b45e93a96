#include "cli/train_data.h"

#include <cstddef>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/instructions.h"
#include "hir/base/status_macros.h"
#include "hir/data/reader.h"

namespace hir {
namespace {

// Records of one file whose prompts are too long.
struct Overlong {
  std::vector<bool> is_long;       // Of every record of the file.
  std::vector<std::string> names;  // "line 3 (id a, 2101 tokens)".
};

std::string NameOf(const DataPlace& place, const InstructionRecord& record, size_t tokens) {
  return absl::StrCat(Named(place), " (",
                      record.id.empty() ? "" : absl::StrCat("id ", record.id, ", "), tokens,
                      " tokens)");
}

std::string Counted(const std::string& path, const Overlong& overlong, const RunConfig& config) {
  return absl::StrFormat(
      "%d of %d records of %s have prompts of more than %d tokens "
      "(rollout.max_prompt_tokens)",
      overlong.names.size(), overlong.is_long.size(), path, config.rollout.max_prompt_tokens);
}

absl::StatusOr<std::vector<InstructionRecord>> ReadMeasured(const std::string& path,
                                                            const RunConfig& config,
                                                            const PromptLength* lengths,
                                                            Overlong& overlong) {
  const auto most = static_cast<size_t>(config.rollout.max_prompt_tokens);
  return ReadCheckedInstructions(
      path, StoredPrompt::kTakeApart, config.data.system_prompt,
      [&](const DataPlace& place, const InstructionRecord& record) -> absl::Status {
        size_t tokens = 0;
        if (lengths != nullptr) {
          HIR_ASSIGN_OR_RETURN(tokens, lengths->Tokens(record));
        }
        overlong.is_long.push_back(tokens > most);
        if (tokens > most) overlong.names.push_back(NameOf(place, record, tokens));
        return absl::OkStatus();
      });
}

absl::Status AddFile(const TrainFile& file, const RunConfig& config, const PromptLength* lengths,
                     TrainData& data) {
  Overlong overlong;
  HIR_ASSIGN_OR_RETURN(std::vector<InstructionRecord> records,
                       ReadMeasured(file.file, config, lengths, overlong));
  if (!overlong.names.empty() && config.data.overlong == "refuse") {
    return absl::InvalidArgumentError(absl::StrCat(
        Counted(file.file, overlong, config), ": ", absl::StrJoin(overlong.names, ", "),
        "; raise the limit, drop them, or leave them out with data.overlong=skip."));
  }
  if (overlong.names.size() == records.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Counted(file.file, overlong, config), ", so nothing is left of it."));
  }
  if (!overlong.names.empty()) {
    data.notes.push_back(absl::StrCat(Counted(file.file, overlong, config), " and are left out."));
  }
  data.files.push_back({.records = records.size() - overlong.names.size(), .weight = file.weight});
  for (size_t i = 0; i < records.size(); ++i) {
    if (!overlong.is_long[i]) data.records.push_back(std::move(records[i]));
  }
  return absl::OkStatus();
}

// Refuses a replaying run that has nothing to replay, and notes where it is little.
absl::Status CheckReplay(const RunConfig& config, TrainData& data) {
  if (config.hindsight.mode == "off") return absl::OkStatus();
  double share = 0;
  double weights = 0;
  std::map<std::string, int> reasons;
  auto record = data.records.begin();
  for (const FileShare& file : data.files) {
    size_t replayable = 0;
    for (size_t i = 0; i < file.records; ++i) {
      const std::string why = WhyNotReplayed(*record++);
      if (why.empty()) {
        ++replayable;
      } else {
        ++reasons[why];
      }
    }
    share += file.weight * static_cast<double>(replayable) / static_cast<double>(file.records);
    weights += file.weight;
  }
  share /= weights;
  if (share >= 0.5) return absl::OkStatus();
  const std::string why = absl::StrJoin(reasons, ", ", [](std::string* text, const auto& reason) {
    absl::StrAppend(text, reason.second, " x ", reason.first);
  });
  if (share == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "hindsight.mode is ", config.hindsight.mode,
        " but no record of data.train can be replayed (", why,
        "); set hindsight.mode=off, or train on records whose constraints stand apart."));
  }
  data.notes.push_back(absl::StrFormat(
      "only %.1f %% of the tasks can be replayed in hindsight (%s).", 100 * share, why));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainData> LoadTrainData(const RunConfig& config, const PromptLength* lengths) {
  if (lengths == nullptr && config.data.overlong == "skip") {
    return absl::InvalidArgumentError(
        "data.overlong is skip, but the tokenizer is where the ring is; leave the records out "
        "of the file.");
  }
  TrainData data;
  for (const TrainFile& file : config.data.train) {
    HIR_RETURN_IF_ERROR(AddFile(file, config, lengths, data));
  }
  HIR_RETURN_IF_ERROR(CheckReplay(config, data));
  return data;
}

}  // namespace hir
