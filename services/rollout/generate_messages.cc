#include "services/rollout/generate_messages.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "hir/domain/wire/response.h"

namespace hir {
namespace {

using rollout::v1::GenerateResponse;
using rollout::v1::PromptEcho;

// The text that a token adds after another one, since decoders strip leading white space.
std::string TokenText(const Tokenizer& tokenizer, int32_t token) {
  const std::string alone = tokenizer.Decode({token}, /*skip_special_tokens=*/false);
  const std::string twice = tokenizer.Decode({token, token}, /*skip_special_tokens=*/false);
  return absl::StartsWith(twice, alone) ? twice.substr(alone.size()) : alone;
}

rollout::v1::TokenLogprob ToProto(const Tokenizer& tokenizer, int32_t token, float logprob) {
  rollout::v1::TokenLogprob proto;
  proto.set_token_id(token);
  proto.set_text(TokenText(tokenizer, token));
  proto.set_logprob(logprob);
  return proto;
}

rollout::v1::ScoredToken ToProto(const Tokenizer& tokenizer, int32_t token, float logprob,
                                 const std::vector<TokenLogprob>& likeliest) {
  rollout::v1::ScoredToken proto;
  *proto.mutable_token() = ToProto(tokenizer, token, logprob);
  for (const TokenLogprob& other : likeliest) {
    *proto.add_likeliest() = ToProto(tokenizer, other.token, other.log_probability);
  }
  return proto;
}

rollout::v1::ScoredToken ToProto(const Tokenizer& tokenizer, const ScoredToken& token) {
  return ToProto(tokenizer, token.token, token.log_probability, token.likeliest);
}

}  // namespace

GenerateResponse PieceMessage(const Tokenizer& tokenizer, const ResponsePiece& piece, bool scored) {
  GenerateResponse message;
  message.set_delta(piece.text);
  for (const ScoredToken& token : piece.tokens) {
    message.add_token_ids(token.token);
    if (scored) *message.add_scores() = ToProto(tokenizer, token);
  }
  return message;
}

GenerateResponse DoneMessage(const Tokenizer& tokenizer, const FinishedResponse& response,
                             const std::optional<TextCut>& cut, bool scored) {
  GenerateResponse message;
  message.set_done(true);
  std::string text = tokenizer.Decode(response.tokens);
  if (cut.has_value()) text.resize(std::min(cut->bytes, text.size()));
  message.set_text(text);
  message.set_text_tokens(
      static_cast<uint32_t>(cut.has_value() ? cut->tokens : response.tokens.size()));
  WriteResponse(response, message);
  for (size_t i = 0; scored && i < response.tokens.size(); ++i) {
    static const std::vector<TokenLogprob> none;
    *message.add_scores() = ToProto(tokenizer, response.tokens[i], response.log_probabilities[i],
                                    response.likeliest.empty() ? none : response.likeliest[i]);
  }
  return message;
}

PromptEcho EchoOf(const Tokenizer& tokenizer, const std::vector<int32_t>& tokens,
                  const std::string& text, const std::vector<ScoredToken>* scores) {
  PromptEcho echo;
  echo.mutable_token_ids()->Add(tokens.begin(), tokens.end());
  echo.set_text(text.empty() ? tokenizer.Decode(tokens, /*skip_special_tokens=*/false) : text);
  for (size_t i = 0; scores != nullptr && i < scores->size(); ++i) {
    *echo.add_scores() = ToProto(tokenizer, (*scores)[i]);
  }
  return echo;
}

}  // namespace hir
