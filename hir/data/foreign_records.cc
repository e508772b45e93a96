#include "hir/data/foreign_records.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/data/constraint_texts.h"
#include "hir/data/ground_truth.h"
#include "hir/data/json_fields.h"
#include "hir/data/take_apart.h"

namespace hir {
namespace {

using nlohmann::json;

std::string RoleOf(const json& turn) {
  for (const char* name : {"role", "from"}) {
    const json role = turn.value(name, json());
    if (role == "human") return "user";
    if (role == "gpt") return "assistant";
    if (role.is_string()) return role.get<std::string>();
  }
  return "";
}

absl::StatusOr<std::string> ContentOf(const json& turn, const std::string& name) {
  const char* field = turn.contains("value") ? "value" : "content";
  absl::StatusOr<std::string> content = TextField(turn, field);
  if (content.ok()) return content;
  return absl::InvalidArgumentError(absl::StrCat(name, ".", content.status().message()));
}

// Reads the question and the system prompt from the chat in field `name`.
absl::Status ParseChat(const json& chat, const char* name, InstructionRecord& record) {
  bool asked = false;
  for (size_t i = 0; i < chat.size(); ++i) {
    const std::string place = absl::StrCat(name, "[", i, "]");
    if (!chat[i].is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(place, " must be an object"));
    }
    const std::string role = RoleOf(chat[i]);
    if (role == "assistant" && asked && i + 1 == chat.size()) break;
    if (role == "system" && i == 0) {
      HIR_ASSIGN_OR_RETURN(record.system_prompt, ContentOf(chat[i], place));
    } else if (role == "user" && !asked) {
      HIR_ASSIGN_OR_RETURN(record.question, ContentOf(chat[i], place));
      asked = true;
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          place, " is a turn of ", Shown(role),
          ", but only one user turn, with a system turn before it, can be trained on"));
    }
  }
  if (asked) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, " holds no user turn"));
}

// Reads a chat in field `name`, or a text in `prompt`. A text in another field is a rendered chat,
// which a model must not see as it is.
absl::Status ParsePrompt(const json& line, const char* name, InstructionRecord& record) {
  auto it = line.find(name);
  if (it != line.end() && it->is_array()) return ParseChat(*it, name, record);
  if (std::string_view(name) != "prompt") return ListField(line, name).status();
  HIR_ASSIGN_OR_RETURN(record.question, TextField(line, name));
  return absl::OkStatus();
}

std::vector<std::string> TextsOf(const InstructionRecord& record) {
  std::vector<std::string> texts;
  for (const Constraint& constraint : record.constraints) texts.push_back(constraint.text);
  return texts;
}

// Takes the prompt in `record.question` apart, or leaves it complete and records why.
void SettlePrompt(StoredPrompt use, InstructionRecord& record) {
  if (use == StoredPrompt::kTakeApart) {
    const absl::StatusOr<TakenApart> apart = TakeApart(record.question, TextsOf(record));
    if (apart.ok()) {
      record.question = apart->question;
      record.layout = apart->layout;
      record.laid_out_anew = !apart->exact;
      return;
    }
    record.whole_because = std::string(apart.status().message());
  }
  record.prompt_is_complete = true;
}

// Reads `criteria` or `constraint` of `line`, one text per constraint. OK if the record has
// neither.
absl::Status ParseTexts(const json& line, std::vector<Constraint>& constraints) {
  std::vector<std::string> texts;
  for (const char* name : {"criteria", "constraint"}) {
    if (!texts.empty()) break;
    const json value = line.value(name, json());
    if (value.is_string()) texts = DivideTexts(value.get<std::string>(), constraints);
    if (!value.is_array()) continue;
    HIR_RETURN_IF_ERROR(SameLength(name, value, "ground_truth", constraints.size()));
    for (size_t i = 0; i < value.size(); ++i) {
      HIR_ASSIGN_OR_RETURN(std::string text, TextAt(value, name, i));
      texts.push_back(std::move(text));
    }
  }
  for (size_t i = 0; i < texts.size() && i < constraints.size(); ++i) {
    constraints[i].text = texts[i];
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> FirstId(const json& line) {
  for (const char* name : {"id", "key"}) {
    HIR_ASSIGN_OR_RETURN(std::string id, IdField(line, name));
    if (!id.empty()) return id;
  }
  return "";
}

// The layout that `q_type` names ("type3" or 3), else the one that the prompt in `record.question`
// shows, else the numbered list. INVALID_ARGUMENT: q_type is set but not a layout.
absl::StatusOr<Layout> LayoutOf(const json& fields, const InstructionRecord& record) {
  const json q_type = fields.value("q_type", json());
  if (q_type.is_null()) {
    const absl::StatusOr<TakenApart> apart = TakeApart(record.question, TextsOf(record));
    return apart.ok() ? apart->layout : Layout::kNumberedRules;
  }
  for (const Layout layout : kLayouts) {
    const int number = static_cast<int>(layout);
    if (q_type == number || q_type == absl::StrCat("type", number)) return layout;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("q_type must be type1 to type6, got ", Shown(q_type)));
}

// Replaces the stored prompt by the bare `question` of `fields`.
absl::Status SettleQuestion(const json& fields, InstructionRecord& record) {
  HIR_ASSIGN_OR_RETURN(const std::string question, TextField(fields, "question"));
  if (StatesAny(question, TextsOf(record))) {  // The question already states constraints.
    record.question = question;
    SettlePrompt(StoredPrompt::kTakeApart, record);
    return absl::OkStatus();
  }
  HIR_ASSIGN_OR_RETURN(record.layout, LayoutOf(fields, record));
  const std::string stored = std::exchange(record.question, question);
  record.laid_out_anew = PromptText(record) != stored;
  return absl::OkStatus();
}

bool HasTexts(const InstructionRecord& record) {
  return std::none_of(record.constraints.begin(), record.constraints.end(),
                      [](const Constraint& constraint) { return IsBlank(constraint.text); });
}

}  // namespace

absl::StatusOr<InstructionRecord> ParseIfEvalRecord(const json& line) {
  InstructionRecord record;
  HIR_ASSIGN_OR_RETURN(record.source_id, IdField(line, "key"));
  HIR_RETURN_IF_ERROR(ParsePrompt(line, "prompt", record));
  HIR_ASSIGN_OR_RETURN(record.constraints, ParseIdsAndArguments(line));
  record.prompt_is_complete = true;
  record.whole_because = "constraints have no texts of their own";
  return record;
}

absl::StatusOr<InstructionRecord> ParseIfRlvrRecord(const json& line, StoredPrompt use) {
  InstructionRecord record;
  HIR_ASSIGN_OR_RETURN(record.source_id, FirstId(line));
  HIR_RETURN_IF_ERROR(ParsePrompt(line, line.contains("messages") ? "messages" : "prompt", record));
  HIR_ASSIGN_OR_RETURN(record.constraints, ParseGroundTruth(line.value("ground_truth", json())));
  HIR_RETURN_IF_ERROR(ParseTexts(line, record.constraints));
  SettlePrompt(use, record);
  return record;
}

absl::StatusOr<InstructionRecord> ParseVerlRecord(const json& line, StoredPrompt use) {
  InstructionRecord record;
  const json extra = line.value("extra_info", json());
  HIR_RETURN_IF_ERROR(ParsePrompt(line, "prompt", record));
  const json reward = line.value("reward_model", json());
  if (!reward.is_object()) return absl::InvalidArgumentError("reward_model must be an object");
  absl::StatusOr<std::vector<Constraint>> constraints =
      ParseGroundTruth(reward.value("ground_truth", json()));
  if (!constraints.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("reward_model.", constraints.status().message()));
  }
  record.constraints = *std::move(constraints);
  HIR_RETURN_IF_ERROR(ParseTexts(line, record.constraints));
  HIR_ASSIGN_OR_RETURN(record.source_id, FirstId(line));
  if (extra.is_object()) {
    HIR_RETURN_IF_ERROR(ParseTexts(extra, record.constraints));
    if (record.source_id.empty()) {
      HIR_ASSIGN_OR_RETURN(record.source_id, IdField(extra, "index"));
    }
  }
  if (use == StoredPrompt::kTakeApart && extra.is_object() && extra.contains("question") &&
      HasTexts(record)) {
    HIR_RETURN_IF_ERROR(SettleQuestion(extra, record));
    return record;
  }
  SettlePrompt(use, record);
  return record;
}

absl::StatusOr<InstructionRecord> ParseMulDimIfRecord(const json& line, StoredPrompt use) {
  InstructionRecord record;
  HIR_ASSIGN_OR_RETURN(record.source_id, FirstId(line));
  HIR_RETURN_IF_ERROR(ParsePrompt(line, "conversations", record));
  HIR_ASSIGN_OR_RETURN(record.constraints, ParseTriples(line));
  for (Constraint& constraint : record.constraints) {
    constraint.text = constraint.arguments["text"].get<std::string>();
  }
  SettlePrompt(use, record);
  return record;
}

absl::StatusOr<InstructionRecord> ParseHir16kRecord(const json& line, StoredPrompt use) {
  InstructionRecord record;
  HIR_ASSIGN_OR_RETURN(record.source_id, IdField(line, "id"));
  HIR_ASSIGN_OR_RETURN(const std::string source, TextField(line, "source"));
  if (source != "type1" && source != "type2" && source != "type3" && source != "type4") {
    return absl::InvalidArgumentError(
        absl::StrCat("source must be type1, type2, type3 or type4, got ", Shown(source)));
  }
  HIR_ASSIGN_OR_RETURN(record.constraints, ParseGroundTruth(line.value("ground_truth", json())));
  HIR_ASSIGN_OR_RETURN(const json criteria, ListField(line, "criteria"));
  HIR_RETURN_IF_ERROR(ParseTexts(line, record.constraints));
  for (size_t i = 0; i < criteria.size(); ++i) {
    if (IsBlank(record.constraints[i].text)) {
      return absl::InvalidArgumentError(absl::StrCat("criteria[", i, "] is blank"));
    }
  }
  const bool has_prompt = line.contains("prompt");
  const bool has_question = line.contains("question");
  if (has_prompt || !has_question) HIR_RETURN_IF_ERROR(ParsePrompt(line, "prompt", record));
  // Without a stored prompt there is nothing to keep.
  if (has_question && (use == StoredPrompt::kTakeApart || !has_prompt)) {
    HIR_RETURN_IF_ERROR(SettleQuestion(line, record));
    return record;
  }
  SettlePrompt(use, record);
  return record;
}

}  // namespace hir
