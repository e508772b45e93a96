#include "hir/data/json_fields.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

using nlohmann::json;

absl::Status WrongField(const char* name, const json* value, const char* wanted) {
  if (value == nullptr) return absl::InvalidArgumentError(absl::StrCat(name, " is missing"));
  return absl::InvalidArgumentError(
      absl::StrCat(name, " must be ", wanted, ", got ", Shown(*value)));
}

const json* Find(const json& object, const char* name) {
  auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

// Finds the first key that occurs twice in one object; JSON parsers disagree on its meaning.
struct RepeatedKey {
  bool operator()(int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) seen.emplace_back();
    if (event == json::parse_event_t::object_end) seen.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!seen.back().insert(name).second && !key.has_value()) key = name;
    }
    return true;
  }

  std::vector<std::set<std::string>> seen;  // One set per open object.
  std::optional<std::string> key;
};

}  // namespace

absl::StatusOr<json> ParseRecordJson(std::string_view text) {
  RepeatedKey repeated;
  HIR_ASSIGN_OR_RETURN(json value, ParseJson(text, kMaxJsonDepth, std::ref(repeated)));
  if (!repeated.key.has_value()) return value;
  return absl::InvalidArgumentError(
      absl::StrCat("the key ", Shown(*repeated.key), " appears twice in one object"));
}

std::string Shown(const json& value) {
  constexpr size_t kMost = 80;
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= kMost) return text;
  size_t end = kMost;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

absl::StatusOr<std::string> TextField(const json& object, const char* name) {
  const json* value = Find(object, name);
  if (value == nullptr || !value->is_string()) return WrongField(name, value, "a text");
  return value->get<std::string>();
}

absl::StatusOr<json> ListField(const json& object, const char* name) {
  const json* value = Find(object, name);
  if (value == nullptr || !value->is_array()) return WrongField(name, value, "a list");
  return *value;
}

absl::StatusOr<std::vector<size_t>> IndicesField(const json& object, const char* name) {
  const json* value = Find(object, name);
  if (value == nullptr || value->is_null()) return std::vector<size_t>();
  const auto is_index = [](const json& entry) { return entry.is_number_unsigned(); };
  if (!value->is_array() || !std::all_of(value->begin(), value->end(), is_index)) {
    return WrongField(name, value, "a list of whole numbers of at least 0");
  }
  return value->get<std::vector<size_t>>();
}

absl::StatusOr<std::string> TextAt(const json& list, const char* name, size_t i) {
  if (!list[i].is_string()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, "[", i, "] must be a text, got ", Shown(list[i])));
  }
  return list[i].get<std::string>();
}

absl::Status SameLength(const char* name, const json& list, const char* other, size_t size) {
  if (list.size() == size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " has ", list.size(), " entries, ", other, " has ", size));
}

absl::StatusOr<std::string> IdField(const json& object, const char* name) {
  const json* value = Find(object, name);
  if (value == nullptr || value->is_null()) return "";
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number()) return value->dump();
  return WrongField(name, value, "a text or a number");
}

absl::Status OnlyFields(const json& object, std::initializer_list<const char*> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return absl::InvalidArgumentError(absl::StrCat("unknown field ", Shown(name)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<json> ArgumentsOf(const json& value, const char* name) {
  if (value.is_null()) return json::object();
  if (!value.is_object()) return WrongField(name, &value, "an object");
  json arguments = json::object();
  for (const auto& [key, member] : value.items()) {
    if (!member.is_null()) arguments[key] = member;
  }
  return arguments;
}

bool IsBlank(const std::string& text) { return absl::StripAsciiWhitespace(text).empty(); }

}  // namespace hir
