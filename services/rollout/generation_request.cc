#include "services/rollout/generation_request.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/chat_template_kwargs.h"
#include "hir/base/status_macros.h"
#include "hir/tokenizer/continued_chat.h"
#include "hir/tokenizer/prompt.h"
#include "services/rollout/convert.h"

namespace hir {
namespace {

using rollout::v1::GenerateRequest;
using rollout::v1::Prompt;
using rollout::v1::StopSettings;

constexpr int kMaxResponsesPerPrompt = 4096;
constexpr int kMaxStopTexts = 16;
constexpr size_t kMaxStopTextBytes = 1024;
constexpr int kMaxStopTokenIds = 64;

// The id of the special token with the text `text`, or -1.
int32_t SpecialTokenId(const Tokenizer& tokenizer, const std::string& text) {
  const int32_t id = tokenizer.TokenId(text);
  if (id < 0 || !tokenizer.Decode({id}, /*skip_special_tokens=*/true).empty()) return -1;
  return tokenizer.Decode({id}, /*skip_special_tokens=*/false) == text ? id : -1;
}

absl::StatusOr<std::vector<int32_t>> MessageTokens(const Tokenizer& tokenizer,
                                                   const std::string& otherwise,
                                                   const Prompt& prompt) {
  std::vector<ChatMessage> messages;
  for (const auto& message : prompt.messages()) {
    messages.push_back({message.role(), message.content(), message.fields_json()});
  }
  HIR_ASSIGN_OR_RETURN(const std::string variables,
                       MergeChatTemplateKwargs(prompt.chat().variables_json(), otherwise));
  const bool header = !prompt.chat().no_generation_prompt();
  const bool continues = prompt.chat().continue_final_message();
  if (header && !continues) return EncodePrompt(tokenizer, messages, variables);
  const ChatOptions options = {.add_generation_prompt = header, .variables_json = variables};
  HIR_ASSIGN_OR_RETURN(const std::string text,
                       continues ? RenderContinuedChat(tokenizer, std::move(messages), options)
                                 : tokenizer.RenderChat(messages, options));
  return tokenizer.Encode(text);
}

absl::StatusOr<std::vector<int32_t>> PromptTokens(const Tokenizer& tokenizer,
                                                  const std::string& variables,
                                                  const Prompt& prompt) {
  const int kinds =
      (prompt.token_ids_size() > 0) + (prompt.messages_size() > 0) + !prompt.text().empty();
  if (kinds != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("prompt ", prompt.key(), " has ", kinds == 0 ? "none" : "several",
                     " of messages, text and token_ids; give one of them"));
  }
  if (prompt.token_ids_size() > 0) {
    return std::vector<int32_t>(prompt.token_ids().begin(), prompt.token_ids().end());
  }
  if (!prompt.text().empty()) return EncodePlainText(tokenizer, prompt.text());
  return MessageTokens(tokenizer, variables, prompt);
}

}  // namespace

absl::StatusOr<Stops> ReadStops(const Tokenizer& tokenizer, const StopSettings& settings) {
  if (settings.texts_size() > kMaxStopTexts || settings.token_ids_size() > kMaxStopTokenIds) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the call has ", settings.texts_size(), " stop texts and ", settings.token_ids_size(),
        " stop token ids; at most ", kMaxStopTexts, " and ", kMaxStopTokenIds, " are possible"));
  }
  Stops stops;
  if (!settings.ignore_eos()) stops.tokens = tokenizer.stop_token_ids();
  for (const int32_t id : settings.token_ids()) {
    if (id < 0 || id >= tokenizer.vocabulary_size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "stop token ", id, " is outside the vocabulary of ", tokenizer.vocabulary_size()));
    }
    stops.tokens.push_back(id);
  }
  for (const std::string& text : settings.texts()) {
    if (text.empty() || text.size() > kMaxStopTextBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a stop text has ", text.size(), " bytes; 1 to ", kMaxStopTextBytes, " are possible"));
    }
    const int32_t special = SpecialTokenId(tokenizer, text);
    if (special >= 0) {
      stops.tokens.push_back(special);
    } else {
      stops.texts.push_back(text);
    }
  }
  return stops;
}

absl::StatusOr<GenerationRequest> ReadPrompt(const Tokenizer& tokenizer,
                                             const std::string& variables,
                                             const GenerateRequest& call, const Prompt& prompt) {
  if (prompt.responses() < 1 || prompt.responses() > kMaxResponsesPerPrompt) {
    return absl::InvalidArgumentError(absl::StrCat("prompt ", prompt.key(), " asks for ",
                                                   prompt.responses(), " responses; 1 to ",
                                                   kMaxResponsesPerPrompt, " are possible"));
  }
  GenerationRequest request;
  request.key = prompt.key();
  HIR_ASSIGN_OR_RETURN(request.prompt, PromptTokens(tokenizer, variables, prompt));
  for (uint32_t sample = 0; sample < prompt.responses(); ++sample)
    request.samples.push_back(sample);
  request.settings = FromProto(call.sampling());
  // A value that does not fit is out of range, which the engine reports.
  const auto count = [](uint32_t value) {
    return static_cast<int>(std::min<uint32_t>(value, INT32_MAX));
  };
  request.settings.min_tokens = count(call.stop().min_tokens());
  request.settings.top_logprobs = count(call.score().top_logprobs());
  request.settings.score_prompt = call.score().prompt();
  return request;
}

}  // namespace hir
