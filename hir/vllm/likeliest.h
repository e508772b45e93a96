// The likeliest tokens of a position, as a vLLM server's answers have them.
#ifndef HIR_VLLM_LIKELIEST_H_
#define HIR_VLLM_LIKELIEST_H_

#include <optional>
#include <vector>

#include "hir/engine/engine.h"
#include "nlohmann/json.hpp"

namespace hir {

// Reads the candidates of one position, in one of three forms: [{"token_id": 5, "logprob": -1}],
// {"token_id:5": -1} or {"5": {"logprob": -1}}. Null = there are none; nullopt = another form.
std::optional<std::vector<TokenLogprob>> ReadCandidates(const nlohmann::json& candidates);

// The `count` likeliest, the likeliest first; fewer if there are fewer. A server adds the token
// that was drawn, or that the prompt has, to its likeliest ones.
std::vector<TokenLogprob> Likeliest(std::vector<TokenLogprob> candidates, int count);

}  // namespace hir

#endif  // HIR_VLLM_LIKELIEST_H_
