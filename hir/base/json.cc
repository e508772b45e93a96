#include "hir/base/json.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

// The depth to which lists and objects are nested in a JSON text.
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

// Whether a number is a fraction or fits in 64 bits.
bool IsExact(const std::string& number) {
  int64_t negative = 0;
  uint64_t positive = 0;
  return number.find_first_of(".eE") != std::string::npos || absl::SimpleAtoi(number, &positive) ||
         absl::SimpleAtoi(number, &negative);
}

}  // namespace

template <typename Json>
absl::StatusOr<Json> ParseJson(std::string_view text, int max_depth,
                               const typename Json::parser_callback_t& visit) {
  if (DepthOf(text) > max_depth) {
    return absl::InvalidArgumentError(absl::StrCat("JSON nested more than ", max_depth, " deep"));
  }
  try {
    return Json::parse(text, visit);
  } catch (const typename Json::parse_error& error) {
    const bool bad_bytes = absl::StrContains(error.what(), "UTF-8");
    return absl::InvalidArgumentError(
        absl::StrCat(bad_bytes ? "not UTF-8 at byte " : "not JSON at byte ", error.byte));
  } catch (const typename Json::out_of_range&) {
    return absl::InvalidArgumentError("JSON with a number that is too large");
  }
}

absl::Status CheckWholeNumbers(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == '-' || absl::ascii_isdigit(text[i]))) {
      const std::string number(text.substr(i, text.find_first_not_of("+-.eE0123456789", i) - i));
      if (!IsExact(number)) {
        return absl::InvalidArgumentError(absl::StrCat("JSON with the whole number ",
                                                       number.substr(0, 40),
                                                       ", which takes more than 64 bits"));
      }
      i += number.size() - 1;
    }
  }
  return absl::OkStatus();
}

template absl::StatusOr<nlohmann::json> ParseJson(std::string_view, int,
                                                  const nlohmann::json::parser_callback_t&);
template absl::StatusOr<nlohmann::ordered_json> ParseJson(
    std::string_view, int, const nlohmann::ordered_json::parser_callback_t&);

}  // namespace hir
