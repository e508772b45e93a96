#include "hir/text/chinese/zhconv.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/text/python/unicode.h"
#include "nlohmann/json.hpp"

namespace hir::chinese {
namespace {

using python::DecodeUtf8;

constexpr char kVariable[] = "HIR_ZHCONV_DICT";

}  // namespace

absl::StatusOr<std::string> ChineseConverter::Find() {
  const char* const file = std::getenv(kVariable);
  if (file == nullptr || !std::filesystem::is_regular_file(file)) {
    return absl::NotFoundError(absl::StrCat(
        "the tables of zhconv are missing; `python3 -m pip install --no-deps --target ~/.hir "
        "zhconv==1.4.3` gets them, then set ",
        kVariable, " to ~/.hir/zhconv/zhcdict.json"));
  }
  return file;
}

absl::StatusOr<std::unique_ptr<ChineseConverter>> ChineseConverter::LoadFrom(
    const std::string& file) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  const nlohmann::json json = ParseJson(text).value_or(nlohmann::json());
  auto converter = std::make_unique<ChineseConverter>();
  // A word's entry in the second table overrides that in the first.
  const auto add = [&](const char* name, Table& table) -> absl::Status {
    const auto words = json.is_object() ? json.find(name) : json.end();
    if (words == json.end() || !words->is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(file, " has no table \"", name, "\"."));
    }
    for (const auto& [from, to] : words->items()) {
      if (from.empty() || !to.is_string()) {
        return absl::InvalidArgumentError(
            absl::StrCat(file, ": table \"", name, "\" gives no word for \"", from, "\"."));
      }
      const std::u32string word = DecodeUtf8(from);
      size_t& longest = table.longest[word[0]];
      longest = std::max(longest, word.size());
      table.words.insert_or_assign(word, DecodeUtf8(to.get<std::string>()));
    }
    return absl::OkStatus();
  };
  HIR_RETURN_IF_ERROR(add("zh2Hans", converter->simplified_));
  HIR_RETURN_IF_ERROR(add("zh2CN", converter->simplified_));
  HIR_RETURN_IF_ERROR(add("zh2Hant", converter->traditional_));
  HIR_RETURN_IF_ERROR(add("zh2TW", converter->traditional_));
  return converter;
}

std::u32string ChineseConverter::Convert(const Table& table, std::u32string_view text) {
  std::u32string converted;
  for (size_t at = 0; at < text.size();) {
    const auto longest = table.longest.find(text[at]);
    size_t length = longest == table.longest.end() ? 0 : longest->second;
    for (length = std::min(length, text.size() - at); length > 0; --length) {
      const auto word = table.words.find(std::u32string(text.substr(at, length)));
      if (word == table.words.end()) continue;
      converted += word->second;
      break;
    }
    if (length == 0) converted += text[at];
    at += std::max<size_t>(length, 1);
  }
  return converted;
}

}  // namespace hir::chinese
