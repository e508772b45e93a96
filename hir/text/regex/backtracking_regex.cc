#include "hir/text/regex/backtracking_regex.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/text/python/unicode.h"

#define PCRE2_CODE_UNIT_WIDTH 32
#include "pcre2.h"

namespace hir::regex {
namespace {

using python::EncodeUtf8;
using python::View;

// Nanoseconds, for the work budget, per step of the matcher and per character that it moves by.
constexpr int64_t kStepWork = 10;
// Per call, and per character tested as the start of a match.
constexpr int64_t kCallWork = 300;
constexpr int64_t kScanWork = 1;

// Python's \s, for use inside a class.
constexpr View kSpaces =
    U"\\x{9}-\\x{d}\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"
    U"\\x{202f}\\x{205f}\\x{3000}";
// The complement, for \S inside a class.
constexpr View kNotSpaces =
    U"\\x{0}-\\x{8}\\x{e}-\\x{1b}\\x{21}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"
    U"\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-"
    U"\\x{10ffff}";

// Letters that are equal under IGNORECASE in Python but not in PCRE2.
constexpr View kLettersI = U"iI\u0130\u0131";

bool IsLetterI(char32_t c) { return kLettersI.find(c) != View::npos; }

// Whether the class [...] has one of them at `at`, alone or in a range that begins there.
bool HasLetterI(View pattern, size_t at) {
  const View rest = pattern.substr(at);
  const bool is_range = rest.size() > 2 && rest[1] == U'-' && rest[2] != U']';
  const char32_t last = is_range ? rest[2] : rest[0];
  return std::any_of(kLettersI.begin(), kLettersI.end(),
                     [&](char32_t c) { return c >= rest[0] && c <= last; });
}

// Translates the pattern to PCRE2's syntax where that differs from Python's.
std::u32string Translate(View pattern, bool ignore_case) {
  std::u32string translated;
  bool in_class = false;
  bool class_has_i = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char32_t c = pattern[i];
    if (c == U'\\' && i + 1 < pattern.size()) {
      const char32_t escaped = pattern[++i];
      if (escaped == U's' || escaped == U'S') {
        const View set = escaped == U's' ? kSpaces : kNotSpaces;
        translated.append(in_class ? U"" : U"[").append(set).append(in_class ? U"" : U"]");
      } else if (escaped == U'Z') {
        translated.append(U"\\z");
      } else {
        translated.append({c, escaped});
      }
      continue;
    }
    if (in_class) {
      class_has_i = class_has_i || HasLetterI(pattern, i);
      // Python has no [:alpha:].
      if (c == U'[') translated += U'\\';
      if (c == U']') {
        if (ignore_case && class_has_i) translated.append(kLettersI);
        in_class = false;
      }
    } else if (c == U'[') {
      in_class = true;
      class_has_i = false;
      translated += c;
      if (i + 1 < pattern.size() && pattern[i + 1] == U'^') translated += pattern[++i];
      // A bracket in first place is literal.
      if (i + 1 < pattern.size() && pattern[i + 1] == U']') {
        translated.append(U"\\]");
        ++i;
      }
      continue;
    } else if (c == U'{' && pattern.substr(i).starts_with(U"{,")) {
      translated.append(U"{0");
      continue;
    } else if (ignore_case && IsLetterI(c)) {
      translated.append(U"[").append(kLettersI).append(U"]");
      continue;
    }
    translated += c;
  }
  return translated;
}

// The matcher's work, counted between its steps.
struct Meter {
  WorkBudget& budget;
  size_t at;
};

int OnStep(pcre2_callout_block* block, void* data) {
  auto& meter = *static_cast<Meter*>(data);
  const size_t at = block->current_position;
  const size_t moved = at > meter.at ? at - meter.at : meter.at - at;
  meter.at = at;
  const bool goes_on = meter.budget.Charge(kStepWork * static_cast<int64_t>(moved + 1));
  return goes_on ? 0 : PCRE2_ERROR_CALLOUT;
}

struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

PCRE2_SPTR Units(View text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct BacktrackingRegex::Code {
  explicit Code(pcre2_code* compiled) : compiled(compiled) {}
  ~Code() { pcre2_code_free(compiled); }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;

  pcre2_code* const compiled;
};

absl::StatusOr<BacktrackingRegex> BacktrackingRegex::Compile(View pattern, const Options& options) {
  const std::u32string translated = Translate(pattern, options.ignore_case);
  uint32_t flags = PCRE2_UTF | PCRE2_UCP | PCRE2_AUTO_CALLOUT | PCRE2_ALT_CIRCUMFLEX;
  if (options.ignore_case) flags |= PCRE2_CASELESS;
  if (options.multiline) flags |= PCRE2_MULTILINE;
  if (options.dot_all) flags |= PCRE2_DOTALL;
  pcre2_compile_context* const context = pcre2_compile_context_create(nullptr);
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* const compiled =
      pcre2_compile(Units(translated), translated.size(), flags, &error, &offset, context);
  pcre2_compile_context_free(context);
  if (compiled == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("pattern \"", EncodeUtf8(pattern),
                                                   "\" does not compile: PCRE2 error ", error,
                                                   " at character ", offset));
  }
  return BacktrackingRegex(std::make_shared<const Code>(compiled));
}

BacktrackingRegex::BacktrackingRegex(View pattern, const Options& options) {
  code_ = Compile(pattern, options).value().code_;
}

std::optional<RegexMatch> BacktrackingRegex::Find(View text, size_t from, uint32_t options,
                                                  WorkBudget& budget) const {
  const auto length = static_cast<int64_t>(text.size() - from);
  if (!budget.Charge(kCallWork)) return std::nullopt;
  Meter meter = {budget, from};
  const std::unique_ptr<pcre2_match_context, FreeContext> context(
      pcre2_match_context_create(nullptr));
  const std::unique_ptr<pcre2_match_data, FreeData> data(
      pcre2_match_data_create_from_pattern(code_->compiled, nullptr));
  if (context == nullptr || data == nullptr) throw std::bad_alloc();
  pcre2_set_callout(context.get(), OnStep, &meter);
  pcre2_set_match_limit(context.get(), UINT32_MAX);
  pcre2_set_depth_limit(context.get(), UINT32_MAX);
  const int matched = pcre2_match(code_->compiled, Units(text), text.size(), from,
                                  options | PCRE2_NO_UTF_CHECK, data.get(), context.get());
  if (matched == PCRE2_ERROR_NOMATCH) {
    (void)budget.Charge(kScanWork * length);
    return std::nullopt;
  }
  if (matched < 0) {
    // The budget or the matcher's memory is exhausted.
    (void)budget.Charge(WorkBudget::kSteps);
    return std::nullopt;
  }
  const PCRE2_SIZE* const places = pcre2_get_ovector_pointer(data.get());
  RegexMatch match;
  match.text_ = text;
  match.spans_.resize(pcre2_get_ovector_count(data.get()));
  for (size_t i = 0; i < match.spans_.size(); ++i) {
    if (places[2 * i] == PCRE2_UNSET) continue;
    match.spans_[i] = {places[2 * i], places[2 * i + 1], true};
  }
  (void)budget.Charge(kScanWork * static_cast<int64_t>(match.begin() - from));
  return match;
}

std::optional<RegexMatch> BacktrackingRegex::Search(View text, WorkBudget& budget,
                                                    size_t from) const {
  if (from > text.size()) return std::nullopt;
  return Find(text, from, 0, budget);
}

std::optional<RegexMatch> BacktrackingRegex::Match(View text, WorkBudget& budget) const {
  return Find(text, 0, PCRE2_ANCHORED, budget);
}

std::vector<RegexMatch> BacktrackingRegex::FindAll(View text, WorkBudget& budget) const {
  std::vector<RegexMatch> matches;
  uint32_t options = 0;
  for (size_t from = 0; from <= text.size();) {
    auto match = Find(text, from, options, budget);
    if (!match) break;
    from = match->end();
    // An empty match may follow another match, but not itself.
    options = match->begin() == match->end() ? PCRE2_NOTEMPTY_ATSTART : 0;
    matches.push_back(*std::move(match));
  }
  return matches;
}

std::vector<View> BacktrackingRegex::Split(View text, WorkBudget& budget, size_t max_splits) const {
  std::vector<View> pieces;
  size_t from = 0;
  size_t splits = 0;
  for (const RegexMatch& match : FindAll(text, budget)) {
    if (max_splits != 0 && splits++ == max_splits) break;
    pieces.push_back(text.substr(from, match.begin() - from));
    for (size_t group = 1; group <= match.groups(); ++group) pieces.push_back(match[group]);
    from = match.end();
  }
  pieces.push_back(text.substr(from));
  return pieces;
}

std::u32string BacktrackingRegex::Replace(View text, View replacement, WorkBudget& budget) const {
  return Replace(
      text, [&](const RegexMatch&) { return std::u32string(replacement); }, budget);
}

std::u32string BacktrackingRegex::Replace(
    View text, const std::function<std::u32string(const RegexMatch&)>& replacement,
    WorkBudget& budget) const {
  std::u32string replaced;
  size_t from = 0;
  for (const RegexMatch& match : FindAll(text, budget)) {
    replaced.append(text.substr(from, match.begin() - from)).append(replacement(match));
    from = match.end();
  }
  return replaced.append(text.substr(from));
}

std::u32string RegexEscape(View text) {
  constexpr View kSpecial = U"()[]{}?*+-|^$\\.&~# \t\n\r\v\f";
  std::u32string escaped;
  for (const char32_t c : text) {
    if (kSpecial.find(c) != View::npos) escaped += U'\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace hir::regex
