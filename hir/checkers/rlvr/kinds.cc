// RLVR-IFeval: the demands of open-instruct's if_functions.py for which IFEval has no kind. Its
// other functions ask for what IFEval's kinds decide; hir/data/rlvr_functions.cc says which.
#include "hir/checkers/rlvr/kinds.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::rlvr {
namespace {

using python::IsWord;
using python::ToLower;
using python::View;
using scan::IsTokenByte;
using scan::Needle;
using scan::TextSpan;

// A tenth of the number, rounded as Python rounds (2.5 to 2), but at least 1.
int64_t Tenth(int64_t wanted) {
  return std::max<int64_t>(1, std::llrint(static_cast<double>(wanted) * 0.1));
}

// The counts that a number and its relation allow.
struct Between {
  int64_t least;
  int64_t most;

  CheckResult Check(int64_t count) const { return PassIf(least <= count && count <= most); }
};

// `around` is how far "around" reaches to either side.
absl::StatusOr<Between> RelationOf(const Arguments& arguments, std::string_view name,
                                   int64_t around) {
  const std::u32string relation = arguments.String("relation");
  const int64_t wanted = arguments.Integer(name);
  if (relation == U"at least") return Between{wanted, INT64_MAX};
  if (relation == U"at most") return Between{0, wanted};
  if (relation == U"around") return Between{wanted - around, wanted + around};
  return arguments.Error("relation", "it must be \"at least\", \"around\" or \"at most\"");
}

// Runs of word characters for which `holds`.
template <typename Holds>
int64_t CountWordRuns(View text, Holds holds) {
  int64_t count = 0;
  for (size_t begin = 0; begin < text.size();) {
    if (!IsWord(text[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < text.size() && IsWord(text[end])) ++end;
    count += holds(text.substr(begin, end - begin));
    begin = end;
  }
  return count;
}

StatusOrChecker MakeKeyword(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const std::u32string keyword, arguments.NotEmptyString("keyword"));
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("frequency", 0));
  return CheckerFrom([keyword = ToLower(keyword),
                      wanted = arguments.Integer("frequency")](const ResponseText& response) {
    return PassIf(wanted ==
                  CountWordRuns(response.lower(), [&](View run) { return run == keyword; }));
  });
}

StatusOrChecker MakeLetter(const Arguments& arguments) {
  const std::u32string letter = arguments.String("letter");
  if (letter.size() != 1) return arguments.Error("letter", "it must be one character");
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("frequency", 0));
  return CheckerFrom(
      [letter = letter[0], wanted = arguments.Integer("frequency")](const ResponseText& response) {
        const std::u32string& text = response.text();
        return PassIf(std::count(text.begin(), text.end(), letter) == wanted);
      });
}

// None may be blank.
StatusOrChecker MakeParagraphs(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_paragraphs", 1));
  return CheckerFrom([wanted = arguments.Integer("num_paragraphs")](const ResponseText& response) {
    static const auto* const divider = new Needle(U"* * *");
    const std::vector<TextSpan> pieces = SplitAt(response.scan(), *divider);
    return PassIf(static_cast<int64_t>(pieces.size()) == wanted &&
                  std::none_of(pieces.begin(), pieces.end(), [&](TextSpan piece) {
                    return Strip(response.scan(), piece).empty();
                  }));
  });
}

StatusOrChecker MakeWords(const Arguments& arguments) {
  const int64_t around = Tenth(arguments.Integer("num_words"));
  HIR_ASSIGN_OR_RETURN(const Between allowed, RelationOf(arguments, "num_words", around));
  return CheckerFrom([allowed](const ResponseText& response) {
    return allowed.Check(static_cast<int64_t>(CountRuns(response.scan(), IsTokenByte())));
  });
}

StatusOrChecker MakeSentences(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const Between allowed, RelationOf(arguments, "num_sentences", 1));
  return CheckerFrom([allowed](const ResponseText& response) {
    return allowed.Check(static_cast<int64_t>(response.sentences().size()));
  });
}

StatusOrChecker MakeCapitalWords(const Arguments& arguments) {
  const int64_t around = Tenth(arguments.Integer("frequency"));
  HIR_ASSIGN_OR_RETURN(const Between allowed, RelationOf(arguments, "frequency", around));
  return CheckerFrom([allowed](const ResponseText& response) {
    return allowed.Check(CountWordRuns(response.text(), [](View run) {
      return std::all_of(run.begin(), run.end(), [](char32_t c) { return c >= U'A' && c <= U'Z'; });
    }));
  });
}

StatusOrChecker MakeChoice(const Arguments& arguments) {
  std::vector<Needle> options;
  for (const std::u32string& option : arguments.Strings("options")) {
    if (option.empty()) return arguments.Error("options", "none of them may be empty");
    options.emplace_back(option);
  }
  if (options.empty()) return arguments.Error("options", "it must not be empty");
  return CheckerFrom([options = std::move(options)](const ResponseText& response) {
    return PassIf(std::any_of(options.begin(), options.end(), [&response](const Needle& option) {
      return HasText(response.scan(), option);
    }));
  });
}

}  // namespace

void RegisterKinds(CheckerRegistry& registry) {
  using enum ArgumentType;
  const ArgumentSpec frequency = {"frequency", kInteger}, relation = {"relation", kString};
  registry.Register({"rlvr:keyword_frequency", {{"keyword", kString}, frequency}, MakeKeyword});
  registry.Register({"rlvr:letter_frequency", {{"letter", kString}, frequency}, MakeLetter});
  registry.Register({"rlvr:number_paragraphs", {{"num_paragraphs", kInteger}}, MakeParagraphs});
  registry.Register({"rlvr:number_words", {{"num_words", kInteger}, relation}, MakeWords});
  registry.Register(
      {"rlvr:number_sentences", {{"num_sentences", kInteger}, relation}, MakeSentences});
  registry.Register({"rlvr:capital_words", {frequency, relation}, MakeCapitalWords});
  registry.Register({"rlvr:choice", {{"options", kStringList}}, MakeChoice});
}

}  // namespace hir::rlvr
