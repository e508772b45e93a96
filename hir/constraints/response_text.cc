#include "hir/constraints/response_text.h"

#include <utility>

#include "hir/text/langdetect.h"
#include "hir/text/punkt.h"
#include "hir/text/unicode.h"
#include "hir/text/word_tokenize.h"

namespace hir {

ResponseText::ResponseText(std::u32string text) : text_(std::move(text)), stripped_(Strip(text_)) {}

ResponseText ResponseText::FromUtf8(std::string_view bytes) {
  return ResponseText(DecodeUtf8(bytes));
}

const std::u32string& ResponseText::lower() const {
  if (!lower_.has_value()) lower_ = ToLower(text_);
  return *lower_;
}

const std::vector<std::u32string_view>& ResponseText::sentences() const {
  if (!sentences_.has_value()) sentences_ = Sentences(text_);
  return *sentences_;
}

const std::vector<std::u32string>& ResponseText::tokens() const {
  if (!tokens_.has_value()) tokens_ = WordTokens(text_);
  return *tokens_;
}

const absl::StatusOr<std::string>& ResponseText::language() const {
  if (!language_.has_value()) language_ = DetectLanguage(text_);
  return *language_;
}

}  // namespace hir
