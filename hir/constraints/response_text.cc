#include "hir/constraints/response_text.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "hir/text/langdetect.h"
#include "hir/text/punkt.h"
#include "hir/text/regex_sentences.h"
#include "hir/text/unicode.h"
#include "hir/text/word_tokenize.h"

namespace hir {
namespace {

const std::vector<std::u32string_view>& None() {
  static const auto* const none = new std::vector<std::u32string_view>;
  return *none;
}

}  // namespace

ResponseText::ResponseText(std::u32string text, SentenceMemo* memo)
    : text_(std::move(text)), stripped_(Strip(text_)), memo_(memo), subject_(text_, budget_) {}

ResponseText ResponseText::FromUtf8(std::string_view bytes) {
  return ResponseText(DecodeUtf8(bytes));
}

const std::u32string& ResponseText::lower() const {
  if (!lower_.has_value()) lower_ = ToLower(text_);
  return *lower_;
}

const std::vector<std::u32string_view>& ResponseText::sentences() const {
  if (!ChargeByLength(kSentenceWork)) return None();
  if (!sentences_.has_value()) sentences_ = Sentences(text_, memo_);
  return *sentences_;
}

const std::vector<std::u32string>& ResponseText::regex_sentences() const {
  static const auto* const none = new std::vector<std::u32string>;
  if (!ChargeByLength(kRegexSentenceWork)) return *none;
  if (!regex_sentences_.has_value()) regex_sentences_ = RegexSentences(text_);
  return *regex_sentences_;
}

const std::vector<std::u32string_view>& ResponseText::tokens() const {
  if (!ChargeByLength(kWordTokenizeWork)) return None();
  if (!tokens_.has_value()) {
    separated_words_ = SeparatedWords(text_, memo_);
    tokens_ = Split(separated_words_);
  }
  return *tokens_;
}

bool ResponseText::EveryToken(const std::function<bool(std::u32string_view token)>& holds) const {
  if (!ChargeByLength(kWordTokenizeWork)) return true;
  bool every = true;
  ForEachSeparatedSentence(text_, memo_, [&](std::u32string_view words) {
    const std::vector<std::u32string_view> tokens = Split(words);
    every = std::all_of(tokens.begin(), tokens.end(), holds);
    return every;
  });
  return every;
}

absl::StatusOr<std::string> ResponseText::language() const {
  if (!ChargeByLength(kLangdetectWorkPerCodePoint, kLangdetectFixedWork)) {
    return absl::ResourceExhaustedError(kWorkBudgetExhausted);
  }
  if (!language_.has_value()) language_ = DetectLanguage(text_);
  return *language_;
}

void ResponseText::DropCaches() const {
  subject_.DropFolded();
  lower_.reset();
  sentences_.reset();
  regex_sentences_.reset();
  tokens_.reset();
  separated_words_ = {};
  language_.reset();
}

bool ResponseText::ChargeByLength(int64_t work_per_code_point, int64_t fixed_work) const {
  return budget_.Charge(static_cast<int64_t>(text_.size()) * work_per_code_point + fixed_work);
}

}  // namespace hir
