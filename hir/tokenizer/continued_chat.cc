#include "hir/tokenizer/continued_chat.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

// Marks the end of the content; its trailing space shows whether the template strips it.
constexpr absl::string_view kMark = "CONTINUE_FINAL_MESSAGE_TAG ";

}  // namespace

absl::StatusOr<std::string> RenderContinuedChat(const Tokenizer& tokenizer,
                                                std::vector<ChatMessage> messages,
                                                const ChatOptions& options) {
  if (messages.empty()) return absl::InvalidArgumentError("there is no message to continue");
  if (options.add_generation_prompt) {
    return absl::InvalidArgumentError(
        "continue_final_message and add_generation_prompt exclude each other; set "
        "add_generation_prompt to false");
  }
  const std::string content = messages.back().content;
  absl::StrAppend(&messages.back().content, kMark);
  HIR_ASSIGN_OR_RETURN(std::string text, tokenizer.RenderChat(messages, options));
  const size_t end = text.rfind(std::string(absl::StripAsciiWhitespace(kMark)));
  if (end == std::string::npos || !absl::StrContains(text, absl::StripAsciiWhitespace(content))) {
    return absl::InvalidArgumentError(
        "the chat template does not show the last message as it is, so it can't be continued");
  }
  const bool stripped = !absl::StartsWith(absl::string_view(text).substr(end), kMark);
  text.erase(end);
  if (stripped) absl::StripTrailingAsciiWhitespace(&text);
  return text;
}

}  // namespace hir
