// MulDimIF: words that a response must or must not contain, and how often.
#include "hir/checkers/muldimif/keywords.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::FindChar;
using python::FoldCase;
using python::HasText;
using python::IsDecimal;
using python::IsUpper;
using python::IsWord;
using python::Split;
using python::Strip;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;
using regex::RegexSubject;

constexpr BacktrackingRegex::Options kAnyCase = {.ignore_case = true};

const NumberWords& Numbers() {
  static const NumberWords kNumbers = {{U"once", 1},  {U"one", 1},  {U"two", 2},  {U"three", 3},
                                       {U"four", 4},  {U"five", 5}, {U"six", 6},  {U"seven", 7},
                                       {U"eight", 8}, {U"nine", 9}, {U"ten", 10}, {U"twice", 2}};
  return kNumbers;
}

// Matched in any letter case, as a whole word. One with a Chinese character is matched as it is
// written, anywhere.
class Keyword {
 public:
  explicit Keyword(View text)
      : is_chinese_(std::any_of(text.begin(), text.end(),
                                [](char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; })),
        text_(is_chinese_ ? std::u32string(text) : FoldCase(text)) {}

  // Up to `most` matches, which don't overlap.
  int64_t Count(RegexSubject& subject, int64_t most) const {
    const View text = is_chinese_ ? subject.text().code_points() : subject.folded().code_points();
    int64_t count = 0;
    size_t from = 0;
    while (count < most) {
      const size_t at = FindChar(text, text_[0], from);
      const auto scanned = static_cast<int64_t>(std::min(at, text.size()) - from);
      if (!subject.budget().Charge(scanned + static_cast<int64_t>(text_.size()))) return 0;
      if (at == View::npos) break;
      const bool found =
          text.substr(at).starts_with(text_) &&
          (is_chinese_ || StandsAlone(subject.text().code_points(), at, at + text_.size()));
      count += found ? 1 : 0;
      from = at + (found ? text_.size() : 1);
    }
    return count;
  }

 private:
  static bool StandsAlone(View text, size_t begin, size_t end) {
    return (begin == 0 || !IsWord(text[begin - 1])) && (end == text.size() || !IsWord(text[end]));
  }

  bool is_chinese_;
  std::u32string text_;  // Folded unless Chinese; not empty.
};

// "includes the keyword 'a' and avoids the keyword 'b'": both also as parts of words.
std::optional<CheckFunction> ReadIncludeAndAvoid(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex kInclude(U"includes?\\s+the\\s+keyword\\s+[\"']([^\"']+)[\"']",
                                          kAnyCase);
  static const BacktrackingRegex kAvoid(U"avoids?\\s+the\\s+keyword\\s+[\"']([^\"']+)[\"']",
                                        kAnyCase);
  const auto include = kInclude.Search(sentence, budget);
  const auto avoid = kAvoid.Search(sentence, budget);
  if (!include || !avoid) return std::nullopt;
  return [wanted = std::u32string((*include)[1]),
          unwanted = std::u32string((*avoid)[1])](const ResponseText& response) {
    return PassIf(HasText(response.text(), wanted) && !HasText(response.text(), unwanted));
  };
}

// "If discussing a/b topic, the summary must include the keyword 'c'."
struct TopicKeyword {
  std::vector<std::u32string> topics;  // One of them must occur; an empty one always does.
  std::u32string keyword;
};

std::vector<std::u32string> TopicsOf(View topic, WorkBudget& budget) {
  static const BacktrackingRegex kEither(U"^(.*\\s)(\\S+)\\/(\\S+)(\\s.*)$");
  if (const auto match = kEither.Match(topic, budget)) {
    const auto with = [&](View word) {
      return std::u32string((*match)[1]).append(word).append((*match)[4]);
    };
    return {with((*match)[2]), with((*match)[3])};
  }
  if (topic.find(U'/') == View::npos) return {std::u32string(topic)};
  std::vector<std::u32string> topics;
  for (const View part : Split(topic, U"/")) topics.emplace_back(Strip(part));
  return topics;
}

std::optional<CheckFunction> ReadTopicKeywords(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex kTopic(
      U"If discussing\\s+([^,]+),\\s*the summary must include the keyword\\s+"
      U"[\"']([^\"']+)[\"']",
      kAnyCase);
  std::vector<TopicKeyword> keywords;
  for (const RegexMatch& match : kTopic.FindAll(sentence, budget)) {
    keywords.push_back({TopicsOf(match[1], budget), std::u32string(match[2])});
  }
  if (keywords.empty()) return std::nullopt;
  return [keywords](const ResponseText& response) {
    const auto holds = [&](const TopicKeyword& rule) {
      const bool discussed =
          std::any_of(rule.topics.begin(), rule.topics.end(), [&](const std::u32string& topic) {
            return topic.empty() || HasText(response.text(), topic);
          });
      return !discussed || HasText(response.text(), rule.keyword);
    };
    return PassIf(std::all_of(keywords.begin(), keywords.end(), holds));
  };
}

// The sentence without quotation marks around it.
std::u32string Unquoted(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex kQuoted(U"^\"+(.*[^\"])\"+$");
  std::u32string bare(Strip(sentence));
  while (const auto match = kQuoted.Match(bare, budget)) {
    bare = std::u32string((*match)[1]).append(bare, match->end());
  }
  return bare;
}

// Everything in quotation marks; only what is in doubled ones, if there are any.
std::vector<Keyword> ReadKeywords(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex kDoubled(U"[\"”]{2}([^\"“]+)[\"“]{2}");
  static const BacktrackingRegex kQuoted(U"[\"'「“]([^\"']+)[\"'」”]");
  auto matches = kDoubled.FindAll(sentence, budget);
  if (matches.empty()) matches = kQuoted.FindAll(sentence, budget);
  std::vector<Keyword> keywords;
  for (const RegexMatch& match : matches) keywords.emplace_back(match[1]);
  return keywords;
}

// How often the keywords must occur.
absl::StatusOr<int64_t> ReadLeastCount(View sentence, WorkBudget& budget) {
  static const BacktrackingRegex kLeast(
      U"at least (\\d+|one|two|three|four|five|six|seven|eight|nine|ten|once|twice)"
      U"(?:\\s+times?)?\\b(?!\\s+words\\s+long)",
      kAnyCase);
  static const BacktrackingRegex kMultiple(U"must appear multiple times", kAnyCase);
  int64_t least = 1;
  if (const auto match = kLeast.Search(sentence, budget)) {
    const auto word = Numbers().find(ToLower((*match)[1]));
    if (word != Numbers().end()) {
      least = word->second;
    } else if (IsDecimal((*match)[1][0])) {
      HIR_ASSIGN_OR_RETURN(least, ReadPythonInt((*match)[1]));
    }
  }
  return kMultiple.Search(sentence, budget) ? 2 : least;
}

// A limit on the number of words, if the sentence states one.
struct WordLimit {
  bool stated = false;
  std::optional<int64_t> number;  // Nothing if what is stated is not a number.
};

absl::StatusOr<WordLimit> ReadWordLimit(const BacktrackingRegex& pattern, View sentence,
                                        WorkBudget& budget) {
  WordLimit limit;
  if (const auto match = pattern.Search(sentence, budget)) {
    limit.stated = true;
    HIR_ASSIGN_OR_RETURN(limit.number, ReadNumber((*match)[1], Numbers(), budget));
  }
  return limit;
}

}  // namespace

struct KeywordRule::Parts {
  bool every_word_capitalized = false;
  bool ends_with_period = false;
  WordLimit least_words;
  WordLimit most_words;

  std::vector<Keyword> keywords;
  bool excluded = false;  // None of the keywords may occur.
  bool any = false;       // One of them is enough.
  int64_t least_count = 1;
};

absl::StatusOr<KeywordRule> KeywordRule::Read(View text, WorkBudget& budget) {
  static const BacktrackingRegex kPeriod(U"must\\s+end\\s+with\\s+(a\\s+)?period", kAnyCase);
  static const BacktrackingRegex kCapitalized(
      U"must\\s+use\\s+capitalized\\s+letters\\s+for\\s+each\\s+word", kAnyCase);
  static const BacktrackingRegex kLeast(U"(?:at\\s+least|minimum\\s+of)\\s+(\\S+)\\s+word",
                                        kAnyCase);
  static const BacktrackingRegex kMost(
      U"(?:not\\s+exceed|at\\s+most|no\\s+more\\s+than|maximum\\s+of)\\s+(\\S+)\\s+word", kAnyCase);
  static const BacktrackingRegex kSingle(U"is\\s+a\\s+single\\s+word", kAnyCase);
  static const BacktrackingRegex kExcluded(
      U"(avoid\\s+using\\s+(the\\s+)?term|must\\s+be\\s+avoided)", kAnyCase);
  static const BacktrackingRegex kFirstQuoted(U"[\"']([^\"']+)[\"']");
  static const BacktrackingRegex kOr(U"\\bOR\\b", kAnyCase);
  const std::u32string sentence = Unquoted(text, budget);
  Parts parts;
  parts.ends_with_period = kPeriod.Search(sentence, budget).has_value();
  parts.every_word_capitalized = kCapitalized.Search(sentence, budget).has_value();
  HIR_ASSIGN_OR_RETURN(parts.least_words, ReadWordLimit(kLeast, sentence, budget));
  HIR_ASSIGN_OR_RETURN(parts.most_words, ReadWordLimit(kMost, sentence, budget));
  if (kSingle.Search(sentence, budget)) parts.least_words = parts.most_words = {true, 1};
  if (kExcluded.Search(sentence, budget)) {
    if (const auto match = kFirstQuoted.Search(sentence, budget)) {
      parts.keywords.emplace_back((*match)[1]);
      parts.excluded = true;
    }
  } else {
    parts.any = kOr.Search(sentence, budget).has_value();
    HIR_ASSIGN_OR_RETURN(parts.least_count, ReadLeastCount(sentence, budget));
    parts.keywords = ReadKeywords(sentence, budget);
  }
  return KeywordRule(std::make_shared<const Parts>(std::move(parts)));
}

CheckResult KeywordRule::Check(RegexSubject& text) const {
  const Parts& rule = *parts_;
  const View all = text.text().code_points();
  const std::vector<View> words = Split(all);
  const auto capitalized = [](View word) { return IsUpper(word[0]); };
  if (rule.every_word_capitalized && !std::all_of(words.begin(), words.end(), capitalized)) {
    return PassIf(false);
  }
  if (rule.ends_with_period && !Strip(all).ends_with(U'.')) return PassIf(false);

  const auto count = static_cast<int64_t>(words.size());
  for (const WordLimit* limit : {&rule.least_words, &rule.most_words}) {
    if (!limit->stated) continue;
    if (!limit->number) {
      return Undecidable(
          "The official checker raises: the constraint's limit on words is not a number.");
    }
    const bool is_least = limit == &rule.least_words;
    if (is_least ? count < *limit->number : count > *limit->number) return PassIf(false);
  }

  const int64_t least = rule.excluded ? 1 : rule.least_count;
  const auto there = [&](const Keyword& keyword) { return keyword.Count(text, least) >= least; };
  const auto begin = rule.keywords.begin(), end = rule.keywords.end();
  if (rule.excluded) return PassIf(std::none_of(begin, end, there));
  return PassIf(rule.any ? std::any_of(begin, end, there) : std::all_of(begin, end, there));
}

CheckFunction KeywordsCheck(View text, WorkBudget& budget) {
  static const BacktrackingRegex kEach(U"\\b(each|every)\\b", kAnyCase);
  if (kEach.Search(text, budget) && text.find(U"for each word") == View::npos) {
    return KeywordsOfEachCheck(text, budget);
  }
  if (auto check = ReadIncludeAndAvoid(text, budget)) return *std::move(check);
  if (auto check = ReadTopicKeywords(text, budget)) return *std::move(check);
  auto rule = KeywordRule::Read(text, budget);
  if (!rule.ok()) return RaisingCheck(rule.status());
  return [rule = *std::move(rule)](const ResponseText& response) {
    return rule.Check(response.subject());
  };
}

}  // namespace hir::muldimif
