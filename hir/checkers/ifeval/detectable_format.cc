// Layout that a program can see: bullets, highlights, sections, titles, JSON, fixed answers.
#include <algorithm>
#include <array>
#include <string>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/json.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifeval {
namespace {

using python::CheckPythonJson;
using python::JsonOutcome;
using python::Strip;
using python::WithoutFence;
using scan::IsOneOf;
using scan::IsTokenByte;
using scan::Needle;
using scan::Places;
using scan::ScanText;

constexpr size_t kNone = std::string_view::npos;

// Counts the matches of ^\s*X.*$ where X, which begins at a character other than white space,
// has the length `length(at)`, or does not match if that is 0. White space may span lines, and X
// may contain a newline.
template <typename Length>
size_t CountBullets(const ScanText& text, Length length) {
  Places<IsTokenByte> filled(text);
  size_t count = 0;
  for (size_t at = 0; (at = filled.NextFrom(at)) != kNone;) {
    const size_t taken = length(at);
    count += taken > 0;
    // Goes on after the line in which X ends; X itself may be on two lines.
    const size_t newline = FindByte(text, '\n', at + taken);
    if (newline == kNone) break;
    at = newline + 1;
  }
  return count;
}

StatusOrChecker MakeBullets(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_bullets", 0));
  return CheckerFrom([wanted = arguments.Integer("num_bullets")](const ResponseText& response) {
    const ScanText& text = response.scan();
    const std::string_view bytes = text.bytes();
    const size_t stars = CountBullets(text, [bytes](size_t at) -> size_t {
      return bytes[at] == '*' && at + 1 < bytes.size() && bytes[at + 1] != '*' ? 2 : 0;
    });
    const size_t dashes =
        CountBullets(text, [bytes](size_t at) -> size_t { return bytes[at] == '-' ? 1 : 0; });
    return PassIf(static_cast<int64_t>(stars + dashes) == wanted);
  });
}

// Counts texts between two marks of one or two asterisks on one line, up to `most`. Matches don't
// overlap; a blank text does not count.
size_t CountHighlights(const ScanText& text, size_t width, size_t most) {
  const std::string_view bytes = text.bytes();
  const auto is_mark = [&](size_t at) {
    return bytes[at] == '*' && (width == 1 || bytes.substr(at + 1).starts_with('*'));
  };
  Places<IsOneOf<'*'>> stars(text);
  Places<IsOneOf<'*', '\n'>> ends(text);
  size_t count = 0;
  for (size_t open = 0; count < most && (open = stars.NextFrom(open)) != kNone;) {
    if (!is_mark(open)) {
      ++open;
      continue;
    }
    const size_t inside = open + width;
    const size_t close = ends.NextFrom(inside);
    if (close == kNone) break;
    if (!is_mark(close)) {
      ++open;
      continue;
    }
    count += !Strip(text, {inside, close - inside}).empty();
    open = close + width;
  }
  return count;
}

StatusOrChecker MakeHighlights(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_highlights", 0));
  const auto wanted = static_cast<size_t>(arguments.Integer("num_highlights"));
  return CheckerFrom([wanted](const ResponseText& response) {
    const size_t single = CountHighlights(response.scan(), 1, wanted);
    return PassIf(single + CountHighlights(response.scan(), 2, wanted - single) == wanted);
  });
}

StatusOrChecker MakeSections(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_sections", 0));
  const std::u32string spliter = arguments.String("section_spliter");
  HIR_ASSIGN_OR_RETURN(
      ArgumentPattern pattern,
      ArgumentPattern::Create(arguments, "section_spliter",
                              std::u32string(U"\\s?").append(Strip(spliter)) + U"\\s?\\d+\\s?"));
  return CheckerFrom([wanted = arguments.Integer("num_sections"),
                      pattern = std::move(pattern)](const ResponseText& response) {
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

// A line "<<...>>" has a title when it contains more than brackets and white space. Only the
// longest match of a line is looked at.
CheckResult CheckTitle(const ResponseText& response) {
  static const auto* const opening = new Needle(U"<<");
  const ScanText& text = response.scan();
  for (size_t open = 0; (open = FindText(text, *opening, open)) != kNone;) {
    const size_t end = std::min(FindByte(text, '\n', open), text.size());
    const std::string_view line = text.bytes().substr(open, end - open);
    const size_t close = line.rfind(">>");
    if (close != kNone && close >= 3) {
      const size_t first = line.find_first_not_of('<'), last = line.find_last_not_of('>', close);
      if (first <= last && !Strip(text, {open + first, last + 1 - first}).empty()) {
        return PassIf(true);
      }
    }
    open = end;
  }
  return PassIf(false);
}

CheckResult CheckConstrainedResponse(const ResponseText& response) {
  static const auto* const answers = new std::array<Needle, 3>{
      Needle(U"My answer is yes."), Needle(U"My answer is no."), Needle(U"My answer is maybe.")};
  return PassIf(std::any_of(answers->begin(), answers->end(), [&response](const Needle& answer) {
    return HasText(response.scan(), answer);
  }));
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

}  // namespace hir::ifeval
