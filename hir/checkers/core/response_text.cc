#include "hir/checkers/core/response_text.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "hir/checkers/core/regex_sentences.h"
#include "hir/text/langdetect/detect.h"
#include "hir/text/nltk/punkt.h"
#include "hir/text/nltk/word_tokenize.h"
#include "hir/text/python/unicode.h"

namespace hir {
namespace {

using langdetect::DetectLanguage;
using langdetect::kLangdetectFixedWork;
using langdetect::kLangdetectWorkPerCodePoint;
using nltk::ForEachSentenceTokens;
using nltk::kSentenceWork;
using nltk::kWordTokenizeWork;
using nltk::SentenceMemo;
using nltk::Sentences;
using nltk::WordTokens;
using scan::ScanText;

const std::vector<std::u32string_view>& None() {
  static const auto* const none = new std::vector<std::u32string_view>;
  return *none;
}

}  // namespace

ResponseText::ResponseText(ScanText text, SentenceMemo* memo)
    : text_(std::move(text)), stripped_(Strip(text_)), memo_(memo), subject_(text_, budget_) {}

ResponseText ResponseText::FromUtf8(std::string_view bytes) {
  return ResponseText(ScanText::FromUtf8(bytes));
}

ResponseText::Derived& ResponseText::derived() const {
  if (derived_ == nullptr) derived_ = std::make_unique<Derived>();
  return *derived_;
}

const ScanText& ResponseText::lower_scan() const {
  std::optional<ScanText>& lower = derived().lower;
  if (!lower.has_value()) lower.emplace(text_.Lower());
  return *lower;
}

const std::vector<std::u32string_view>& ResponseText::sentences() const {
  if (!ChargeByLength(kSentenceWork)) return None();
  auto& sentences = derived().sentences;
  if (!sentences.has_value()) sentences = Sentences(text_, memo_);
  return *sentences;
}

const std::vector<std::u32string>& ResponseText::regex_sentences() const {
  static const auto* const none = new std::vector<std::u32string>;
  if (!ChargeByLength(kRegexSentenceWork)) return *none;
  auto& sentences = derived().regex_sentences;
  if (!sentences.has_value()) sentences = RegexSentences(text());
  return *sentences;
}

const std::vector<std::u32string_view>& ResponseText::tokens() const {
  if (!ChargeByLength(kWordTokenizeWork)) return None();
  auto& tokens = derived().tokens;
  if (!tokens.has_value()) tokens = WordTokens(text_, sentence_memo());
  return *tokens;
}

bool ResponseText::EveryToken(const std::function<bool(std::u32string_view token)>& holds) const {
  if (!ChargeByLength(kWordTokenizeWork)) return true;
  bool every = true;
  ForEachSentenceTokens(text_, sentence_memo(), [&](absl::Span<const std::u32string_view> tokens) {
    every = std::all_of(tokens.begin(), tokens.end(), holds);
    return every;
  });
  return every;
}

absl::StatusOr<std::string> ResponseText::language() const {
  if (!ChargeByLength(kLangdetectWorkPerCodePoint, kLangdetectFixedWork)) {
    return absl::ResourceExhaustedError(kWorkBudgetExhausted);
  }
  auto& language = derived().language;
  if (!language.has_value()) language = DetectLanguage(text());
  return *language;
}

SentenceMemo& ResponseText::sentence_memo() const {
  if (memo_ != nullptr) return *memo_;
  std::optional<SentenceMemo>& own = derived().memo;
  if (!own.has_value()) own.emplace();
  return *own;
}

void ResponseText::DropCaches() const {
  subject_.DropFolded();
  derived_.reset();
  text_.DropCodePoints();
}

bool ResponseText::ChargeByLength(int64_t work_per_code_point, int64_t fixed_work) const {
  return budget_.Charge(static_cast<int64_t>(text_.size()) * work_per_code_point + fixed_work);
}

}  // namespace hir
