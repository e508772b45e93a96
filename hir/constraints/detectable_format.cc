// Layout a program can see: bullets, highlights, sections, titles, JSON, fixed answers.
#include <algorithm>
#include <string>

#include "hir/base/status_macros.h"
#include "hir/constraints/checker_builder.h"
#include "hir/text/python_json.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using MadeChecker = absl::StatusOr<std::unique_ptr<Checker>>;

size_t EndOfLine(std::u32string_view text, size_t from) {
  return std::min(text.find('\n', from), text.size());
}

// First line start at or after `from`; text.size() + 1 if there is none.
size_t NextLineStart(std::u32string_view text, size_t from) {
  if (from == 0) return 0;
  const size_t newline = text.find('\n', from - 1);
  return newline == text.npos ? text.size() + 1 : newline + 1;
}

// Counts the matches of ^\s*X.*$ where X has the length `length(at)` at a place that is no white
// space, or 0. White space may span lines, and X may take in a newline.
template <typename Length>
size_t CountBullets(std::u32string_view text, Length length) {
  size_t count = 0;
  for (size_t at = 0; at <= text.size();) {
    while (at < text.size() && IsSpace(text[at])) ++at;
    const size_t taken = at < text.size() ? length(at) : 0;
    count += taken > 0;
    at = NextLineStart(text, taken > 0 ? EndOfLine(text, at + taken) : at + 1);
  }
  return count;
}

MadeChecker MakeBullets(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_bullets", 0));
  return MakeChecker([wanted = arguments.Integer("num_bullets")](const ResponseText& response) {
    const std::u32string_view text = response.text();
    const size_t stars = CountBullets(text, [text](size_t at) -> size_t {
      return text[at] == '*' && at + 1 < text.size() && text[at + 1] != '*' ? 2 : 0;
    });
    const size_t dashes =
        CountBullets(text, [text](size_t at) -> size_t { return text[at] == '-' ? 1 : 0; });
    return PassIf(static_cast<int64_t>(stars + dashes) == wanted);
  });
}

// Counts what is not blank between two marks of `width` asterisks on one line; matches don't
// overlap, and a blank one is passed over.
size_t CountHighlights(std::u32string_view text, size_t width) {
  const std::u32string mark(width, U'*');
  size_t count = 0;
  for (size_t open = text.find(mark); open != text.npos; open = text.find(mark, open)) {
    const size_t inside = open + width;
    const size_t close = text.find_first_of(U"*\n", inside);
    if (close == text.npos) break;
    if (!text.substr(close).starts_with(mark)) {
      ++open;
      continue;
    }
    count += !Strip(text.substr(inside, close - inside)).empty();
    open = close + width;
  }
  return count;
}

MadeChecker MakeHighlights(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_highlights", 0));
  return MakeChecker([wanted = arguments.Integer("num_highlights")](const ResponseText& response) {
    const size_t count = CountHighlights(response.text(), 1) + CountHighlights(response.text(), 2);
    return PassIf(static_cast<int64_t>(count) >= wanted);
  });
}

MadeChecker MakeSections(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_sections", 0));
  const std::u32string spliter = arguments.String("section_spliter");
  HIR_ASSIGN_OR_RETURN(
      const ArgumentPattern pattern,
      ArgumentPattern::Create(arguments, "section_spliter",
                              std::u32string(U"\\s?").append(Strip(spliter)) + U"\\s?\\d+\\s?"));
  return MakeChecker(
      [wanted = arguments.Integer("num_sections"), pattern](const ResponseText& response) {
        const absl::StatusOr<size_t> count = pattern.CountSplits(response.subject());
        if (!count.ok()) return Undecidable(std::string(count.status().message()));
        return PassIf(static_cast<int64_t>(*count) >= wanted);
      });
}

CheckResult CheckJson(const ResponseText& response) {
  const JsonOutcome outcome = CheckPythonJson(WithoutFence(response.stripped()));
  if (outcome == JsonOutcome::kTooDeep) {
    return Undecidable("The JSON text is nested too deeply: Python's json.loads raises.");
  }
  return PassIf(outcome == JsonOutcome::kValid);
}

// A line "<<...>>" has a title when something but brackets and white space is in it. The longest
// match of a line is the only one.
bool LineHasTitle(std::u32string_view line) {
  const size_t open = line.find(U"<<");
  const size_t close = line.rfind(U">>");
  if (open == line.npos || close == line.npos || close < open + 3) return false;
  const std::u32string_view title = line.substr(open, close + 2 - open);
  return !Strip(StripRight(StripLeft(title, U"<"), U">")).empty();
}

CheckResult CheckTitle(const ResponseText& response) {
  const auto lines = Split(response.text(), U"\n");
  return PassIf(std::any_of(lines.begin(), lines.end(), LineHasTitle));
}

CheckResult CheckConstrainedResponse(const ResponseText& response) {
  for (std::u32string_view answer :
       {U"My answer is yes.", U"My answer is no.", U"My answer is maybe."}) {
    if (response.stripped().find(answer) != std::u32string_view::npos) return PassIf(true);
  }
  return PassIf(false);
}

}  // namespace

void RegisterDetectableFormat(CheckerRegistry& registry) {
  using enum ArgumentType;
  registry.Register(
      {"detectable_format:number_bullet_lists", {{"num_bullets", kInteger}}, MakeBullets});
  registry.Register({"detectable_format:number_highlighted_sections",
                     {{"num_highlights", kInteger}},
                     MakeHighlights});
  registry.Register({"detectable_format:multiple_sections",
                     {{"section_spliter", kString}, {"num_sections", kInteger}},
                     MakeSections});
  RegisterPlain(registry, "detectable_format:json_format", CheckJson);
  RegisterPlain(registry, "detectable_format:title", CheckTitle);
  RegisterPlain(registry, "detectable_format:constrained_response", CheckConstrainedResponse);
}

}  // namespace hir
