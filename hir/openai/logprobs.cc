#include "hir/openai/logprobs.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace hir {
namespace {

using nlohmann::json;
using rollout::v1::ScoredToken;
using rollout::v1::TokenLogprob;

// JSON has no infinity; this is what OpenAI and vLLM write for it.
double Finite(float logprob) { return std::isfinite(logprob) ? logprob : -9999.0; }

json ChatEntry(const TokenLogprob& token) {
  json bytes = json::array();
  for (const char byte : token.text()) bytes.push_back(static_cast<unsigned char>(byte));
  return {{"token", token.text()}, {"logprob", Finite(token.logprob())}, {"bytes", bytes}};
}

int64_t Characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; });
}

// The columns of a completion's logprobs.
class Columns {
 public:
  explicit Columns(int64_t& offset) : offset_(offset) {}

  // `first`: the token follows nothing.
  void Add(const ScoredToken& token, bool first) {
    tokens_.push_back(token.token().text());
    offsets_.push_back(offset_);
    offset_ += Characters(token.token().text());
    logprobs_.push_back(first ? json() : json(Finite(token.token().logprob())));
    json top = json::object();
    for (const TokenLogprob& other : token.likeliest()) {
      top.emplace(other.text(), Finite(other.logprob()));  // Keeps the likeliest of equal texts.
    }
    top.emplace(token.token().text(), Finite(token.token().logprob()));
    likeliest_.push_back(first ? json() : std::move(top));
  }

  json Take() {
    return {{"tokens", std::move(tokens_)},
            {"token_logprobs", std::move(logprobs_)},
            {"top_logprobs", std::move(likeliest_)},
            {"text_offset", std::move(offsets_)}};
  }

 private:
  json tokens_ = json::array(), logprobs_ = json::array(), likeliest_ = json::array(),
       offsets_ = json::array();
  int64_t& offset_;
};

}  // namespace

json ChatLogprobs(const ScoredTokens& tokens, int begin, int end) {
  json content = json::array();
  for (int i = begin; i < end; ++i) {
    json entry = ChatEntry(tokens[i].token());
    entry["top_logprobs"] = json::array();
    for (const TokenLogprob& other : tokens[i].likeliest()) {
      entry["top_logprobs"].push_back(ChatEntry(other));
    }
    content.push_back(std::move(entry));
  }
  return {{"content", std::move(content)}, {"refusal", nullptr}};
}

json CompletionLogprobs(const ScoredTokens& prompt, const ScoredTokens& tokens, int begin, int end,
                        int64_t& offset) {
  Columns columns(offset);
  for (int i = 0; i < prompt.size(); ++i) columns.Add(prompt[i], /*first=*/i == 0);
  for (int i = begin; i < end; ++i) columns.Add(tokens[i], /*first=*/false);
  return columns.Take();
}

}  // namespace hir
