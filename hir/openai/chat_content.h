// The parts of a response in a chat message: its answer as content and, for a model that reasons,
// its reasoning as reasoning_content, as vLLM and SGLang name it.
#ifndef HIR_OPENAI_CHAT_CONTENT_H_
#define HIR_OPENAI_CHAT_CONTENT_H_

#include <cstdint>
#include <map>
#include <utility>

#include "hir/rollout/v1/rollout.pb.h"
#include "hir/text/reasoning.h"
#include "nlohmann/json.hpp"

namespace hir {

// Adds both to the message of a complete response.
void AddContent(const rollout::v1::GenerateResponse& response, nlohmann::json& message);

// The same for streamed responses. Not thread-safe.
class StreamedContent {
 public:
  // Adds a piece of a response to its delta, perhaps nothing: text that might become a mark is held
  // back until a later piece, at the latest the last one.
  void Add(const rollout::v1::GenerateResponse& response, nlohmann::json& delta);

 private:
  std::map<std::pair<uint64_t, uint32_t>, ReasoningSplitter> splitters_;  // By key and sample.
};

}  // namespace hir

#endif  // HIR_OPENAI_CHAT_CONTENT_H_
