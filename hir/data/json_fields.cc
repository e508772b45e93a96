#include "hir/data/json_fields.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

using nlohmann::json;

absl::Status WrongField(const char* name, const json* value, const char* wanted) {
  if (value == nullptr) return absl::InvalidArgumentError(absl::StrCat(name, " is missing"));
  return absl::InvalidArgumentError(
      absl::StrCat(name, " must be ", wanted, ", got ", value->dump().substr(0, 80)));
}

const json* Find(const json& object, const char* name) {
  auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

constexpr int kDeepest = 100;

// How deep lists and objects are nested in a JSON text.
int DepthOf(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == '{')) {
      deepest = std::max(deepest, ++depth);
    } else if (!quoted && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

absl::StatusOr<json> ParseJson(std::string_view text) {
  if (DepthOf(text) > kDeepest) {
    return absl::InvalidArgumentError(absl::StrCat("JSON nested more than ", kDeepest, " deep"));
  }
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    return absl::InvalidArgumentError(absl::StrCat("not JSON at byte ", error.byte));
  } catch (const json::out_of_range&) {
    return absl::InvalidArgumentError("JSON with a number that is too large");
  }
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
      return absl::InvalidArgumentError(absl::StrCat("unknown field \"", name, "\""));
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
