#include "hir/checkers/core/arguments.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/text/python/unicode.h"

namespace hir {
namespace {

using python::DecodeUtf8;
using python::EncodeUtf8;

constexpr double kMaxInteger = 9007199254740992.0;  // 2^53: every integer up to it is a double.

// The value as a message shows it: cut when long. A list or an object is only named, since it may
// be nested too deeply to be walked.
std::string Shown(const nlohmann::json& value) {
  constexpr size_t kMaxShown = 100;
  if (value.is_structured()) return absl::StrCat("(", value.type_name(), ")");
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "...";
  return text;
}

absl::Status ArgumentError(const std::string& kind, const std::string& name,
                           const nlohmann::json& value, const std::string& problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(kind, ": argument \"", name, "\" = ", Shown(value), ": ", problem, "."));
}

const char* TypeName(ArgumentType type) {
  switch (type) {
    case ArgumentType::kInteger:
      return "an integer";
    case ArgumentType::kNumber:
      return "a number";
    case ArgumentType::kString:
      return "a string";
    case ArgumentType::kStringList:
      return "a list of strings";
    case ArgumentType::kFirstString:
      return "a string or a list of strings that is not empty";
    case ArgumentType::kObject:
      return "an object, nested at most 64 deep";
  }
  return "";
}

bool IsStringList(const nlohmann::json& value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const auto& item) { return item.is_string(); });
}

bool IsNestedAtMost(const nlohmann::json& value, int levels) {
  if (!value.is_structured()) return true;
  return levels > 0 && std::all_of(value.begin(), value.end(), [levels](const auto& item) {
           return IsNestedAtMost(item, levels - 1);
         });
}

bool HasType(const nlohmann::json& value, ArgumentType type) {
  switch (type) {
    case ArgumentType::kInteger:
      return value.is_number() && std::fabs(value.get<double>()) <= kMaxInteger &&
             std::trunc(value.get<double>()) == value.get<double>();
    case ArgumentType::kNumber:
      return value.is_number();
    case ArgumentType::kString:
      return value.is_string();
    case ArgumentType::kStringList:
      return IsStringList(value);
    case ArgumentType::kFirstString:
      return value.is_string() || (IsStringList(value) && !value.empty());
    case ArgumentType::kObject:
      return value.is_object() && IsNestedAtMost(value, kMaxNesting);
  }
  return false;
}

std::string NamesOf(absl::Span<const ArgumentSpec> specs) {
  if (specs.empty()) return "none";
  return absl::StrJoin(specs, ", ", [](std::string* out, const ArgumentSpec& spec) {
    absl::StrAppend(out, spec.name);
  });
}

}  // namespace

std::string QuoteForMessage(std::string_view utf8) {
  constexpr size_t kMaxShown = 100;
  return EncodeUtf8(DecodeUtf8(utf8.substr(0, kMaxShown)));
}

absl::StatusOr<Arguments> Arguments::Create(std::string_view kind,
                                            absl::Span<const ArgumentSpec> specs,
                                            const nlohmann::json& object) {
  Arguments arguments(kind, nlohmann::json::object());
  if (!object.is_object() && !object.is_null()) {
    return absl::InvalidArgumentError(absl::StrCat(
        arguments.kind_, ": the arguments must be a JSON object, not ", Shown(object), "."));
  }
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    const auto spec = std::find_if(specs.begin(), specs.end(),
                                   [&name = name](const auto& each) { return each.name == name; });
    if (spec == specs.end()) {
      return absl::InvalidArgumentError(absl::StrCat(arguments.kind_, ": unknown argument \"",
                                                     QuoteForMessage(name), "\"; it takes ",
                                                     NamesOf(specs), "."));
    }
    if (!HasType(value, spec->type)) {
      return ArgumentError(arguments.kind_, name, value,
                           absl::StrCat("it must be ", TypeName(spec->type)));
    }
    arguments.object_[name] = value;
  }
  for (const ArgumentSpec& spec : specs) {
    if (spec.required && !arguments.Has(spec.name)) {
      return absl::InvalidArgumentError(
          absl::StrCat(arguments.kind_, ": argument \"", spec.name, "\" is missing."));
    }
  }
  return arguments;
}

Arguments::Arguments(std::string_view kind, nlohmann::json object)
    : kind_(kind), object_(std::move(object)) {}

const nlohmann::json& Arguments::At(std::string_view name) const {
  return object_.at(std::string(name));
}

bool Arguments::Has(std::string_view name) const { return object_.contains(std::string(name)); }

int64_t Arguments::Integer(std::string_view name) const {
  return static_cast<int64_t>(At(name).get<double>());
}

double Arguments::Number(std::string_view name) const { return At(name).get<double>(); }

std::u32string Arguments::String(std::string_view name) const {
  const nlohmann::json& value = At(name);
  const nlohmann::json& text = value.is_array() ? value.front() : value;
  return DecodeUtf8(text.get_ref<const std::string&>());
}

std::vector<std::u32string> Arguments::Strings(std::string_view name) const {
  std::vector<std::u32string> strings;
  for (const nlohmann::json& item : At(name)) {
    strings.push_back(DecodeUtf8(item.get_ref<const std::string&>()));
  }
  return strings;
}

const nlohmann::json& Arguments::Object(std::string_view name) const { return At(name); }

absl::Status Arguments::Error(std::string_view name, const std::string& problem) const {
  return ArgumentError(kind_, std::string(name), At(name), problem);
}

absl::Status Arguments::RequireNotZero(std::string_view name) const {
  return Integer(name) != 0 ? absl::OkStatus() : Error(name, "it must not be 0");
}

absl::StatusOr<std::u32string> Arguments::NotEmptyString(std::string_view name) const {
  std::u32string text = String(name);
  if (text.empty()) return Error(name, "it must not be empty");
  return text;
}

absl::Status Arguments::RequireAtLeast(std::string_view name, int64_t least) const {
  if (Integer(name) >= least) return absl::OkStatus();
  return Error(name, absl::StrCat("it must be at least ", least));
}

}  // namespace hir
