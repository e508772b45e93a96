#include "hir/config/yaml_json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace hir {
namespace {

using nlohmann::ordered_json;

constexpr int kMostValues = 4096;  // Aliases can make a short document a large one.
constexpr int kMostLevels = 64;

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

template <size_t N>
bool IsOneOf(const std::string& text, const char* const (&words)[N]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&text](const char* word) { return text == word; });
}

bool LooksLikeNumber(const std::string& text) {
  const size_t first = text.find_first_not_of("+-.");
  return first != std::string::npos && first <= 2 && absl::ascii_isdigit(text[first]);
}

absl::StatusOr<ordered_json> NumberOf(const std::string& text) {
  const size_t digits = text[0] == '+' || text[0] == '-' ? 1 : 0;
  if (text.find_first_not_of("0123456789", digits) == std::string::npos) {
    int64_t whole = 0;
    if (!absl::SimpleAtoi(text, &whole)) return Wrong(absl::StrCat(text, " is too large"));
    return whole;
  }
  double number = 0;
  // A text such as 1.2.3 or 4x is not a number.
  if (!absl::SimpleAtod(text, &number)) return text;
  if (!std::isfinite(number)) return Wrong(absl::StrCat(text, " is not a finite number"));
  return number;
}

absl::StatusOr<ordered_json> ScalarOf(const YAML::Node& node) {
  static constexpr const char* kNull[] = {"", "~", "null", "Null", "NULL"};
  static constexpr const char* kTrue[] = {"true", "True", "TRUE"};
  static constexpr const char* kFalse[] = {"false", "False", "FALSE"};
  static constexpr const char* kUnclear[] = {"yes", "no", "on", "off"};
  static constexpr const char* kNotFinite[] = {".inf", "+.inf", "-.inf", ".nan"};
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // In quotes.
  if (IsOneOf(text, kNull)) return nullptr;
  if (IsOneOf(text, kTrue)) return true;
  if (IsOneOf(text, kFalse)) return false;
  const std::string lower = absl::AsciiStrToLower(text);
  if (IsOneOf(lower, kUnclear)) {
    return Wrong(absl::StrCat(text, " may be a flag or a text; write true or false, or quote it"));
  }
  if (IsOneOf(lower, kNotFinite)) return Wrong(absl::StrCat(text, " is not a finite number"));
  return LooksLikeNumber(text) ? NumberOf(text) : text;
}

class Converter {
 public:
  absl::StatusOr<ordered_json> Convert(const YAML::Node& node, int level) {
    if (++values_ > kMostValues)
      return Wrong(absl::StrCat("has more than ", kMostValues, " values"));
    if (level > kMostLevels) return Wrong(absl::StrCat("has more than ", kMostLevels, " levels"));
    if (node.IsMap()) return ConvertMap(node, level);
    if (node.IsNull()) return nullptr;
    if (!node.IsSequence()) return ScalarOf(node);
    ordered_json list = ordered_json::array();
    for (const YAML::Node& member : node) {
      HIR_ASSIGN_OR_RETURN(ordered_json value, Convert(member, level + 1));
      list.push_back(std::move(value));
    }
    return list;
  }

 private:
  absl::StatusOr<ordered_json> ConvertMap(const YAML::Node& node, int level) {
    ordered_json object = ordered_json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return Wrong("has a key that is not a text");
      const std::string& key = entry.first.Scalar();
      if (object.contains(key)) return Wrong(absl::StrCat("has the key \"", key, "\" twice"));
      HIR_ASSIGN_OR_RETURN(object[key], Convert(entry.second, level + 1));
    }
    return object;
  }

  int values_ = 0;
};

}  // namespace

absl::StatusOr<std::string> JsonOf(const YAML::Node& map) {
  if (map.IsNull()) return "{}";
  if (!map.IsMap()) return Wrong("must be a map, e.g. {enable_thinking: false}");
  HIR_ASSIGN_OR_RETURN(const ordered_json object, Converter().Convert(map, 0));
  try {
    return object.dump();
  } catch (const ordered_json::exception&) {
    return Wrong("is not valid UTF-8");
  }
}

absl::StatusOr<std::string> JsonOfYaml(const std::string& text) {
  try {
    return JsonOf(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return Wrong(absl::StrCat("is not valid YAML: ", error.msg));
  }
}

}  // namespace hir
