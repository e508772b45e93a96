#include "hir/vllm/likeliest.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace hir {
namespace {

using nlohmann::json;

// The member `name` of an object, else null.
json At(const json& value, const char* name) {
  return value.is_object() ? value.value(name, json()) : json();
}

std::optional<TokenLogprob> FromListed(const json& entry) {
  const json token = At(entry, "token_id");
  const json logprob = At(entry, "logprob");
  if (!token.is_number_integer() || !logprob.is_number()) return std::nullopt;
  return TokenLogprob{token.get<int32_t>(), logprob.get<float>()};
}

std::optional<TokenLogprob> FromNamed(const std::string& name, const json& value) {
  TokenLogprob candidate;
  const json logprob = value.is_object() ? At(value, "logprob") : value;
  const bool is_token = absl::SimpleAtoi(absl::StripPrefix(name, "token_id:"), &candidate.token);
  if (!is_token || !logprob.is_number()) return std::nullopt;
  candidate.log_probability = logprob.get<float>();
  return candidate;
}

}  // namespace

std::optional<std::vector<TokenLogprob>> ReadCandidates(const json& candidates) {
  std::vector<TokenLogprob> read;
  if (candidates.is_null()) return read;
  if (!candidates.is_structured()) return std::nullopt;
  for (const auto& [name, value] : candidates.items()) {
    const std::optional<TokenLogprob> candidate =
        candidates.is_array() ? FromListed(value) : FromNamed(name, value);
    if (!candidate.has_value()) return std::nullopt;
    read.push_back(*candidate);
  }
  return read;
}

std::vector<TokenLogprob> Likeliest(std::vector<TokenLogprob> candidates, int count) {
  std::sort(candidates.begin(), candidates.end(), [](const TokenLogprob& a, const TokenLogprob& b) {
    return a.log_probability != b.log_probability ? a.log_probability > b.log_probability
                                                  : a.token < b.token;
  });
  candidates.resize(std::min(candidates.size(), static_cast<size_t>(count)));
  return candidates;
}

}  // namespace hir
