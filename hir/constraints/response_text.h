// One text under check, with everything checkers derive from it, each computed once when first
// asked for.
#ifndef HIR_CONSTRAINTS_RESPONSE_TEXT_H_
#define HIR_CONSTRAINTS_RESPONSE_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hir {

// All lengths and positions are code points. Not thread-safe, not even its const functions: they
// fill caches. One thread scores one response.
class ResponseText {
 public:
  explicit ResponseText(std::u32string text);
  // Invalid UTF-8 becomes U+FFFD, as Python's errors="replace" does.
  static ResponseText FromUtf8(std::string_view bytes);

  const std::u32string& text() const { return text_; }
  // The text without white space (Python's) at either end.
  std::u32string_view stripped() const { return stripped_; }
  bool blank() const { return stripped_.empty(); }

  // str.lower() of the text.
  const std::u32string& lower() const;
  // Sentences of the English Punkt model, views of text().
  const std::vector<std::u32string_view>& sentences() const;
  // Tokens of NLTK's word_tokenize.
  const std::vector<std::u32string>& tokens() const;
  // Language code of langdetect with seed 0. NOT_FOUND: the text has no feature to tell by.
  const absl::StatusOr<std::string>& language() const;

  // Not copied: `stripped_` looks into `text_`.
  ResponseText(const ResponseText&) = delete;
  ResponseText& operator=(const ResponseText&) = delete;

 private:
  const std::u32string text_;
  const std::u32string_view stripped_;
  mutable std::optional<std::u32string> lower_;
  mutable std::optional<std::vector<std::u32string_view>> sentences_;
  mutable std::optional<std::vector<std::u32string>> tokens_;
  mutable std::optional<absl::StatusOr<std::string>> language_;
};

}  // namespace hir

#endif  // HIR_CONSTRAINTS_RESPONSE_TEXT_H_
