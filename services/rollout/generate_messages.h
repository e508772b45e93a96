// The messages of a Generate call.
#ifndef HIR_SERVICES_ROLLOUT_GENERATE_MESSAGES_H_
#define HIR_SERVICES_ROLLOUT_GENERATE_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hir/engine/engine.h"
#include "hir/rollout/v1/rollout.pb.h"
#include "hir/tokenizer/tokenizer.h"
#include "services/rollout/growing_response.h"

namespace hir {

// Where a stop text cut a response: bytes of the text, and the number of tokens with any of them.
struct TextCut {
  size_t bytes = 0;
  size_t tokens = 0;
};

// A piece of an unfinished response; with `scored`, including the scores of its tokens.
rollout::v1::GenerateResponse PieceMessage(const Tokenizer& tokenizer, const ResponsePiece& piece,
                                           bool scored);

// A finished response, cut at `cut` if given; `scored` as above.
rollout::v1::GenerateResponse DoneMessage(const Tokenizer& tokenizer,
                                          const FinishedResponse& response,
                                          const std::optional<TextCut>& cut, bool scored);

// The echo of a prompt of these tokens. `text`: the text as given; empty = decode the tokens.
// `scores` may be null.
rollout::v1::PromptEcho EchoOf(const Tokenizer& tokenizer, const std::vector<int32_t>& tokens,
                               const std::string& text, const std::vector<ScoredToken>* scores);

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_GENERATE_MESSAGES_H_
