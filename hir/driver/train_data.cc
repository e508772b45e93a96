#include "hir/driver/train_data.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "hir/base/status_macros.h"
#include "hir/data/reader.h"
#include "hir/evaluation/instructions.h"

namespace hir {
namespace {

// Records of one file whose prompts are too long.
struct Overlong {
  std::vector<bool> is_long;       // Of every record of the file.
  std::vector<std::string> names;  // "line 3 (id a, 2101 tokens)".
};

std::string NameOf(const DataPlace& place, const InstructionRecord& record, size_t tokens) {
  return absl::StrCat(Named(place), " (",
                      record.source_id.empty() ? "" : absl::StrCat("id ", record.source_id, ", "),
                      tokens, " tokens)");
}

// Takes the records out whose prompts are above the limit, or refuses them.
absl::Status HandleOverlong(const std::string& path, const RunConfig& config,
                            const PromptLimit& limit, const Overlong& overlong,
                            std::vector<InstructionRecord>& records,
                            std::vector<std::string>& notes) {
  if (overlong.names.empty()) return absl::OkStatus();
  const std::string counted =
      absl::StrFormat("%d of %d records of %s have prompts of more than %d tokens (%s)",
                      overlong.names.size(), records.size(), path, limit.tokens, limit.source);
  if (config.data.overlong == OverlongPrompts::kRefuse) {
    return absl::InvalidArgumentError(
        absl::StrCat(counted, ": ", absl::StrJoin(overlong.names, ", "),
                     "; shorten or drop them, or leave them out with data.overlong=skip."));
  }
  if (overlong.names.size() == records.size()) {
    return absl::InvalidArgumentError(absl::StrCat(counted, ", so nothing is left of it."));
  }
  notes.push_back(absl::StrCat(counted, " and are left out."));
  std::vector<InstructionRecord> kept;
  for (size_t i = 0; i < records.size(); ++i) {
    if (!overlong.is_long[i]) kept.push_back(std::move(records[i]));
  }
  records = std::move(kept);
  return absl::OkStatus();
}

// The first `most` records of a file (0 = all) whose prompts are within `limit`.
absl::StatusOr<std::vector<InstructionRecord>> ReadFitting(
    const std::string& path, StoredPrompt use, size_t most, const RunConfig& config,
    const PromptLength* lengths, const PromptLimit& limit, std::vector<std::string>& notes) {
  Overlong overlong;
  HIR_ASSIGN_OR_RETURN(
      std::vector<InstructionRecord> records,
      ReadCheckedInstructions(
          path, use, config.data.system_prompt,
          [&](const DataPlace& place, const InstructionRecord& record) -> absl::Status {
            if (lengths == nullptr || (most > 0 && overlong.is_long.size() == most)) {
              return absl::OkStatus();
            }
            HIR_ASSIGN_OR_RETURN(const size_t tokens, lengths->Tokens(record));
            overlong.is_long.push_back(tokens > limit.tokens);
            if (tokens > limit.tokens) overlong.names.push_back(NameOf(place, record, tokens));
            return absl::OkStatus();
          }));
  if (most > 0 && most < records.size()) records.resize(most);
  HIR_RETURN_IF_ERROR(HandleOverlong(path, config, limit, overlong, records, notes));
  return records;
}

absl::Status AddFile(const TrainFile& file, const RunConfig& config, const PromptLength* lengths,
                     TrainData& data) {
  const PromptLimit limit = lengths == nullptr ? PromptLimit() : lengths->TrainLimit();
  HIR_ASSIGN_OR_RETURN(std::vector<InstructionRecord> records,
                       ReadFitting(file.file, StoredPrompt::kTakeApart, /*most=*/0, config, lengths,
                                   limit, data.notes));
  data.files.push_back({.records = records.size(), .weight = file.weight});
  std::move(records.begin(), records.end(), std::back_inserter(data.records));
  return absl::OkStatus();
}

// Refuses a replaying run that has nothing to replay, and notes where it is little.
absl::Status CheckReplay(const RunConfig& config, TrainData& data) {
  if (config.hindsight.mode == SelectionMode::kOff) return absl::OkStatus();
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
        "hindsight.mode is ", WordOf(config.hindsight.mode),
        " but no record of data.train can be replayed (", why,
        "); set hindsight.mode=off, or train on records whose constraints stand apart."));
  }
  data.notes.push_back(absl::StrFormat(
      "only %.1f %% of the tasks can be replayed in hindsight (%s).", 100 * share, why));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainData> LoadTrainData(const RunConfig& config, const PromptLength* lengths) {
  if (lengths == nullptr && config.data.overlong == OverlongPrompts::kSkip) {
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

absl::StatusOr<SuiteRecords> LoadSuite(const EvalSuite& suite, const RunConfig& config,
                                       const PromptLength* lengths,
                                       std::vector<std::string>& notes) {
  const PromptLimit limit = lengths == nullptr ? PromptLimit() : lengths->AnsweredLimit();
  SuiteRecords loaded{.suite = suite, .records = {}};
  HIR_ASSIGN_OR_RETURN(loaded.records, ReadFitting(suite.file, StoredPrompt::kKeep,
                                                   static_cast<size_t>(suite.prompts), config,
                                                   lengths, limit, notes));
  return loaded;
}

}  // namespace hir
