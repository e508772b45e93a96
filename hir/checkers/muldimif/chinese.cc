// MulDimIF: simplified or traditional Chinese.
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hir/checkers/muldimif/rules.h"
#include "hir/text/chinese/zhconv.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using chinese::ChineseConverter;
using python::HasText;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;
using Conversion = std::u32string (ChineseConverter::*)(View) const;

// Loaded when the first response is checked.
const absl::StatusOr<std::unique_ptr<ChineseConverter>>& Converter() {
  static const auto* const converter = [] {
    auto file = ChineseConverter::Find();
    return new absl::StatusOr<std::unique_ptr<ChineseConverter>>(
        file.ok() ? ChineseConverter::LoadFrom(*file) : file.status());
  }();
  return *converter;
}

// Nanoseconds per character of a conversion.
constexpr int64_t kConvertWork = 200;

bool IsLatinLetter(char32_t c) { return (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z'); }

using Holds = bool (*)(const ChineseConverter& converter, Conversion conversion, View text);

// No Latin letter, and nothing that the conversion changes.
bool IsEntirely(const ChineseConverter& converter, Conversion conversion, View text) {
  return std::none_of(text.begin(), text.end(), IsLatinLetter) &&
         (converter.*conversion)(text) == text;
}

// A character that the conversion changes on its own.
bool HasOther(const ChineseConverter& converter, Conversion conversion, View text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (const View c = text.substr(i, 1); (converter.*conversion)(c) != c) return true;
  }
  return false;
}

CheckFunction Converted(Holds holds, Conversion conversion) {
  return [holds, conversion](const ResponseText& response) {
    const auto& converter = Converter();
    if (!converter.ok()) return Undecidable(std::string(converter.status().message()));
    const View text = response.text();
    if (!response.budget().Charge(static_cast<int64_t>(text.size()) * kConvertWork)) {
      return Undecidable(kWorkBudgetExhausted);
    }
    return PassIf(holds(**converter, conversion, text));
  };
}

CheckFunction Contains(std::u32string phrase) {
  return [phrase = std::move(phrase)](const ResponseText& response) {
    return PassIf(HasText(response.text(), phrase));
  };
}

struct Rule {
  BacktrackingRegex pattern;
  std::function<CheckFunction(const RegexMatch&)> make;
};

// In the order in which they are tried.
const std::vector<Rule>& Rules() {
  static const auto* const rules = [] {
    constexpr Conversion kSimplified = &ChineseConverter::ToSimplified;
    constexpr Conversion kTraditional = &ChineseConverter::ToTraditional;
    auto* filled = new std::vector<Rule>;
    const auto add = [filled](View pattern, std::function<CheckFunction(const RegexMatch&)> make) {
      filled->push_back({BacktrackingRegex(pattern, {.ignore_case = true}), std::move(make)});
    };
    const auto converted = [](Holds holds, Conversion conversion) {
      return [=](const RegexMatch&) { return Converted(holds, conversion); };
    };
    const auto has_traditional = converted(HasOther, kSimplified);
    const auto has_simplified = converted(HasOther, kTraditional);
    add(U"Must include the phrase \"{1,2}(.+?)\"{1,2}",
        [](const RegexMatch& match) { return Contains(std::u32string(match[1])); });
    add(U"Must write the name \"Shen Lim\" in Simplified Chinese",
        [](const RegexMatch&) { return Contains(U"沈林"); });
    add(U"Must (?:use|convert into|be converted into) Traditional Chinese characters",
        converted(IsEntirely, kTraditional));
    add(U"include .*?Traditional Chinese characters", has_traditional);
    add(U"use .*?Traditional Chinese characters", has_traditional);
    add(U"使用繁體中文", has_traditional);
    add(U"include some content in Simplified Chinese", has_simplified);
    add(U"Use Simplified Chinese characters", has_simplified);
    add(U"(?:must be|must use|must write|must be presented|answer must be|essential|is|should be|"
        U"必须|请|需要) {0,1}(?:in|provided in|written in|to use|conducted in|用|使用|提供|书写|"
        U"翻译为|将文本翻译为) {0,1}(?:Simplified Chinese|简体中文)",
        has_simplified);
    add(U"用中文简体描述", has_simplified);
    add(U"Names must be in Simplified Chinese", has_simplified);
    add(U"Must translate the text into Simplified Chinese", converted(IsEntirely, kSimplified));
    add(U"Simplified", has_simplified);
    return filled;
  }();
  return *rules;
}

}  // namespace

CheckFunction ChineseCheck(View text, WorkBudget& budget) {
  for (const Rule& rule : Rules()) {
    if (const auto match = rule.pattern.Search(text, budget)) return rule.make(*match);
  }
  return [](const ResponseText&) { return PassIf(false); };
}

}  // namespace hir::muldimif
