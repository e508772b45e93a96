#include "hir/data/conflicts.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/data/demands.h"

namespace hir {
namespace {

using KindPair = std::pair<std::string, std::string>;

constexpr char kCapitals[] = "change_case:capital_word_frequency";
constexpr char kUpper[] = "change_case:english_capital";
constexpr char kLower[] = "change_case:english_lowercase";
constexpr char kTwoResponses[] = "combination:two_responses";
constexpr char kRepeat[] = "combination:repeat_prompt";
constexpr char kPlaceholders[] = "detectable_content:number_placeholders";
constexpr char kPostscript[] = "detectable_content:postscript";
constexpr char kBullets[] = "detectable_format:number_bullet_lists";
constexpr char kConstrained[] = "detectable_format:constrained_response";
constexpr char kHighlights[] = "detectable_format:number_highlighted_sections";
constexpr char kJson[] = "detectable_format:json_format";
constexpr char kSections[] = "detectable_format:multiple_sections";
constexpr char kTitle[] = "detectable_format:title";
constexpr char kExistence[] = "keywords:existence";
constexpr char kForbidden[] = "keywords:forbidden_words";
constexpr char kFrequency[] = "keywords:frequency";
constexpr char kLetters[] = "keywords:letter_frequency";
constexpr char kLanguage[] = "language:response_language";
constexpr char kFirstWord[] = "length_constraints:nth_paragraph_first_word";
constexpr char kParagraphs[] = "length_constraints:number_paragraphs";
constexpr char kSentences[] = "length_constraints:number_sentences";
constexpr char kWords[] = "length_constraints:number_words";
constexpr char kNoComma[] = "punctuation:no_comma";
constexpr char kEnd[] = "startend:end_checker";
constexpr char kQuotation[] = "startend:quotation";

// Kinds that determine the whole response, each with the few kinds that may be combined with it.
const std::map<std::string, std::set<std::string>>& Companions() {
  static const auto& companions = *new std::map<std::string, std::set<std::string>>{
      // All of it is JSON: no marks outside, and lists and objects need commas.
      {kJson,
       {kExistence, kFrequency, kForbidden, kLetters, kWords, kUpper, kLower, kPlaceholders,
        kLanguage}},
      // A fixed English sentence with capital and small letters.
      {kConstrained, {kNoComma, kQuotation, kForbidden, kWords, kSentences}},
      // The response has no English words to ask for, and in many scripts words and sentences can't
      // be counted.
      {kLanguage,
       {kJson, kTitle, kQuotation, kNoComma, kBullets, kHighlights, kPlaceholders, kParagraphs}},
      // It would be unclear to which of the two responses a form applies.
      {kTwoResponses,
       {kExistence, kFrequency, kForbidden, kLetters, kWords, kSentences, kNoComma, kUpper, kLower,
        kCapitals, kPlaceholders, kHighlights, kTitle, kEnd}},
  };
  return companions;
}

const std::set<KindPair>& Pairs() {
  static const auto& pairs = *new std::set<KindPair>{
      {kUpper, kLower},
      {kUpper, kCapitals},
      {kLower, kCapitals},
      // The marker, the phrase and the request are written with capitals and small letters.
      {kLower, kPostscript},
      {kLower, kSections},
      {kLower, kEnd},
      {kUpper, kEnd},
      {kLower, kRepeat},
      {kUpper, kRepeat},
      {kCapitals, kPostscript},
      {kCapitals, kSections},
      // Two ways to cut the response into pieces.
      {kParagraphs, kFirstWord},
      {kParagraphs, kSections},
      {kFirstWord, kSections},
      // Each of these would add a paragraph or displace the first word.
      {kFirstWord, kTitle},
      {kFirstWord, kRepeat},
      {kFirstWord, kBullets},
      {kFirstWord, kPostscript},
      // Two demands on the first or the last characters.
      {kRepeat, kQuotation},
      {kEnd, kPostscript},
  };
  return pairs;
}

bool Allows(const std::string& kind, const std::string& other) {
  auto it = Companions().find(kind);
  return it == Companions().end() || it->second.count(other) > 0;
}

std::optional<std::string> KindConflict(absl::Span<const Constraint> constraints) {
  for (size_t i = 0; i < constraints.size(); ++i) {
    for (size_t j = i + 1; j < constraints.size(); ++j) {
      const std::string& a = constraints[i].kind;
      const std::string& b = constraints[j].kind;
      if (a == b) return absl::StrCat(a, " appears twice");
      if (KindsConflict(a, b)) return absl::StrCat(a, " can't be combined with ", b);
    }
  }
  return std::nullopt;
}

std::optional<std::string> WordForWordConflict(absl::Span<const Constraint> constraints) {
  for (const Constraint& demanding : constraints) {
    for (const std::string& literal : DemandedTexts(demanding)) {
      for (const Constraint& forbidding : constraints) {
        if (&demanding != &forbidding && Forbids(forbidding, literal)) {
          return absl::StrCat(demanding.kind, " demands \"", literal, "\", which ", forbidding.kind,
                              " forbids");
        }
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> SizeConflict(absl::Span<const Constraint> constraints) {
  int words = 0;
  int sentences = 0;
  for (const Constraint& constraint : constraints) {
    words += DemandedWords(constraint);
    sentences += DemandedSentences(constraint);
  }
  for (const Constraint& constraint : constraints) {
    if (constraint.kind == kWords && words > MostAllowed(constraint)) {
      return absl::StrCat("about ", words, " words are needed, and ", constraint.kind, " allows ",
                          MostAllowed(constraint));
    }
    if (constraint.kind == kSentences && sentences > MostAllowed(constraint)) {
      return absl::StrCat("about ", sentences, " sentences are needed, and ", constraint.kind,
                          " allows ", MostAllowed(constraint));
    }
  }
  return std::nullopt;
}

std::optional<std::string> LetterConflict(absl::Span<const Constraint> constraints) {
  for (const Constraint& limit : constraints) {
    if (limit.kind != kLetters) continue;
    const char letter = limit.arguments.value("letter", std::string(" "))[0];
    int64_t count = 0;
    for (const Constraint& constraint : constraints) {
      for (const std::string& literal : DemandedTexts(constraint)) {
        const std::string lower = absl::AsciiStrToLower(literal);
        count += std::count(lower.begin(), lower.end(), letter);
      }
    }
    if (count > MostAllowed(limit)) {
      return absl::StrCat(limit.kind, " allows fewer letters than the demanded texts hold");
    }
  }
  return std::nullopt;
}

}  // namespace

bool KindsConflict(const std::string& kind, const std::string& other) {
  return !Allows(kind, other) || !Allows(other, kind) || Pairs().count({kind, other}) > 0 ||
         Pairs().count({other, kind}) > 0;
}

std::optional<std::string> FindConflict(const std::string& question,
                                        absl::Span<const Constraint> constraints) {
  for (const Constraint& constraint : constraints) {
    if (constraint.kind == kConstrained && !absl::EndsWith(question, "?")) {
      return absl::StrCat(constraint.kind, " needs a question");
    }
  }
  if (auto conflict = KindConflict(constraints)) return conflict;
  if (auto conflict = WordForWordConflict(constraints)) return conflict;
  if (auto conflict = SizeConflict(constraints)) return conflict;
  return LetterConflict(constraints);
}

}  // namespace hir
