// How many sentences, words and paragraphs a response has.
#include <string>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/checkers/core/paragraphs.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifeval {
namespace {

using python::IsSpace;
using python::StripLeft;
using python::ToLower;
using scan::Needle;
using scan::ScanText;
using scan::TextSpan;

StatusOrChecker MakeSentences(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const CountRelation relation,
                       CountRelation::Create(arguments, "relation", "num_sentences"));
  return CheckerFrom([relation](const ResponseText& response) {
    return relation.Check(response.sentences().size());
  });
}

StatusOrChecker MakeWords(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const CountRelation relation,
                       CountRelation::Create(arguments, "relation", "num_words"));
  return CheckerFrom([relation](const ResponseText& response) {
    return relation.Check(CountWords(response.scan()));
  });
}

StatusOrChecker MakeParagraphs(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_paragraphs", 0));
  return CheckerFrom([wanted = arguments.Integer("num_paragraphs")](const ResponseText& response) {
    return PassIf(AreParagraphs(response.scan(), SplitAtDividers(response.scan()), wanted));
  });
}

// The first word of a paragraph that is not blank, up to punctuation, each letter lower-cased on
// its own.
std::u32string FirstWord(const ScanText& text, TextSpan paragraph) {
  const TextSpan stripped = Strip(text, paragraph);
  size_t end = stripped.begin;
  while (end < stripped.end() && !IsSpace(text[end])) ++end;
  const std::u32string copy = CopyOf(text, {stripped.begin, end - stripped.begin});
  const std::u32string_view word = StripLeft(StripLeft(copy, U"'"), U"\"");
  std::u32string first_word;
  for (char32_t c : word.substr(0, word.find_first_of(U".,?!'\""))) {
    first_word += ToLower(std::u32string_view(&c, 1));
  }
  return first_word;
}

// Blank pieces lower the number of paragraphs, but keep their place when the nth is looked up.
bool NthParagraphBegins(const ScanText& text, int64_t wanted, int64_t nth,
                        std::u32string_view first_word) {
  static const auto* const blank_line = new Needle(U"\n\n");
  const std::vector<TextSpan> pieces = SplitAt(text, *blank_line);
  int64_t paragraphs = 0;
  for (const TextSpan piece : pieces) paragraphs += !Strip(text, piece).empty();
  if (nth > paragraphs || Strip(text, pieces[nth - 1]).empty()) return false;
  return paragraphs == wanted && FirstWord(text, pieces[nth - 1]) == first_word;
}

StatusOrChecker MakeNthParagraph(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_paragraphs", 0));
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("nth_paragraph", 1));
  const int64_t wanted = arguments.Integer("num_paragraphs");
  const int64_t nth = arguments.Integer("nth_paragraph");
  if (nth > wanted) {
    return arguments.Error("nth_paragraph", "it must not be above num_paragraphs");
  }
  return CheckerFrom([wanted, nth, first_word = ToLower(arguments.String("first_word"))](
                         const ResponseText& response) {
    return PassIf(NthParagraphBegins(response.scan(), wanted, nth, first_word));
  });
}

}  // namespace

void RegisterLength(CheckerRegistry& registry) {
  using enum ArgumentType;
  registry.Register({"length_constraints:number_sentences",
                     {{"num_sentences", kInteger}, {"relation", kString}},
                     MakeSentences});
  registry.Register({"length_constraints:number_words",
                     {{"num_words", kInteger}, {"relation", kString}},
                     MakeWords});
  registry.Register(
      {"length_constraints:number_paragraphs", {{"num_paragraphs", kInteger}}, MakeParagraphs});
  registry.Register(
      {"length_constraints:nth_paragraph_first_word",
       {{"num_paragraphs", kInteger}, {"nth_paragraph", kInteger}, {"first_word", kString}},
       MakeNthParagraph});
}

}  // namespace hir::ifeval
