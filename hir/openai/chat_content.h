// What a chat message shows of a response: its answer as content, and of a model that reasons its
// reasoning as reasoning_content, as vLLM and SGLang name it.
#ifndef HIR_OPENAI_CHAT_CONTENT_H_
#define HIR_OPENAI_CHAT_CONTENT_H_

#include <cstdint>
#include <map>
#include <utility>

#include "hir/rollout/v1/rollout.pb.h"
#include "hir/text/reasoning.h"
#include "nlohmann/json.hpp"

namespace hir {

// Adds both to the message of a response that is done.
void AddContent(const rollout::v1::GenerateResponse& response, nlohmann::json& message);

// The same of responses that are streamed. Not thread-safe.
class StreamedContent {
 public:
  // Adds what a piece of a response shows to its delta, perhaps nothing. The last piece shows what
  // was held back, since it might have become a mark.
  void Add(const rollout::v1::GenerateResponse& response, nlohmann::json& delta);

 private:
  std::map<std::pair<uint64_t, uint32_t>, ReasoningSplitter> splitters_;  // By key and sample.
};

}  // namespace hir

#endif  // HIR_OPENAI_CHAT_CONTENT_H_
