// One text under check, with everything checkers derive from it, each computed once when first
// asked for.
#ifndef HIR_CHECKERS_CORE_RESPONSE_TEXT_H_
#define HIR_CHECKERS_CORE_RESPONSE_TEXT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/base/work_budget.h"
#include "hir/text/nltk/sentence_memo.h"
#include "hir/text/regex/python_regex.h"
#include "hir/text/scan/scan_text.h"

namespace hir {

// All lengths and positions are code points. Not thread-safe, not even its const functions: they
// fill caches and take from the budget. Only one thread at a time may score a response.
//
// What takes more than a plain scan is charged to the budget of the verdict under way, by the
// length of the text and whether it is cached or not, so that no verdict depends on earlier
// ones. Over budget these functions return nothing useful; CheckText() then says undecidable,
// whatever the checker makes of it.
class ResponseText {
 public:
  // `memo` may be null, and outlives this: it is for texts that share sentences.
  explicit ResponseText(scan::ScanText text, nltk::SentenceMemo* memo = nullptr);
  explicit ResponseText(std::u32string text, nltk::SentenceMemo* memo = nullptr)
      : ResponseText(scan::ScanText(std::move(text)), memo) {}
  // Invalid UTF-8 becomes U+FFFD, as Python's errors="replace" does.
  static ResponseText FromUtf8(std::string_view bytes);

  const std::u32string& text() const { return text_.code_points(); }
  // The text for scans over all of it.
  const scan::ScanText& scan() const { return text_; }
  // The text without white space (Python's) at either end.
  std::u32string_view stripped() const { return CodePointsOf(text_, stripped_); }
  scan::TextSpan stripped_span() const { return stripped_; }
  bool blank() const { return stripped_.empty(); }

  // str.lower() of the text.
  const std::u32string& lower() const { return lower_scan().code_points(); }
  const scan::ScanText& lower_scan() const;
  // Sentences of the English Punkt model, views of text(). Over budget: none.
  const std::vector<std::u32string_view>& sentences() const;
  // Sentences of RegexSentences(). Over budget: none.
  const std::vector<std::u32string>& regex_sentences() const;
  // Tokens of NLTK's word_tokenize. Over budget: none.
  const std::vector<std::u32string_view>& tokens() const;
  // Whether `holds` is true of every token. It is called on one token after another until it is
  // false, and no token after that one is computed. Over budget: true.
  bool EveryToken(const std::function<bool(std::u32string_view token)>& holds) const;
  // Language code of langdetect with seed 0. NOT_FOUND: the text has no feature that tells
  // languages apart. RESOURCE_EXHAUSTED: over budget.
  absl::StatusOr<std::string> language() const;

  // The text as patterns search it.
  regex::RegexSubject& subject() const { return subject_; }
  WorkBudget& budget() const { return budget_; }
  // What is known of the sentences of this text and its variants.
  nltk::SentenceMemo& sentence_memo() const;

  // Frees what was derived from the text; it is computed again when it is next needed.
  void DropCaches() const;

  // Not copied: members look into `text_`.
  ResponseText(const ResponseText&) = delete;
  ResponseText& operator=(const ResponseText&) = delete;

 private:
  struct Derived {
    std::optional<scan::ScanText> lower;
    std::optional<std::vector<std::u32string_view>> sentences;
    std::optional<std::vector<std::u32string>> regex_sentences;
    std::optional<nltk::SentenceMemo> memo;  // If the constructor was given none.
    std::optional<std::vector<std::u32string_view>> tokens;
    std::optional<absl::StatusOr<std::string>> language;
  };

  // False when over budget.
  bool ChargeByLength(int64_t work_per_code_point, int64_t fixed_work = 0) const;
  Derived& derived() const;

  const scan::ScanText text_;
  const scan::TextSpan stripped_;
  mutable WorkBudget budget_;
  nltk::SentenceMemo* const memo_;
  mutable regex::RegexSubject subject_;
  mutable std::unique_ptr<Derived> derived_;  // Null until needed; most checks never need it.
};

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_RESPONSE_TEXT_H_
