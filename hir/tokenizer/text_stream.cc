#include "hir/tokenizer/text_stream.h"

#include "absl/strings/match.h"
#include "absl/types/span.h"

namespace hir {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD, to which an unfinished sequence decodes.

}  // namespace

// Decodes the last returned tokens together with the new ones, which keeps what decoders do between
// two tokens at a cost that doesn't grow with the response.
std::string TextStream::Push(int32_t id) {
  window_.push_back(id);
  const absl::Span<const int32_t> window(window_);
  const std::string before = tokenizer_.Decode(window.first(returned_), skip_special_tokens_);
  const std::string now = tokenizer_.Decode(window, skip_special_tokens_);
  if (now.size() <= before.size() || absl::EndsWith(now, kReplacement)) return "";
  window_.erase(window_.begin(), window_.begin() + static_cast<ptrdiff_t>(returned_));
  returned_ = window_.size();
  return now.substr(before.size());
}

std::string TextStream::Finish() {
  const absl::Span<const int32_t> window(window_);
  const std::string before = tokenizer_.Decode(window.first(returned_), skip_special_tokens_);
  return tokenizer_.Decode(window, skip_special_tokens_).substr(before.size());
}

}  // namespace hir
