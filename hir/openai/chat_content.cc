#include "hir/openai/chat_content.h"

#include <string>

namespace hir {

using rollout::v1::GenerateResponse;

void AddContent(const GenerateResponse& response, nlohmann::json& message) {
  ReasoningSplitter splitter(response.reasoning_end());
  ReasoningSplitter::Piece text = splitter.Push(response.text());
  const ReasoningSplitter::Piece rest = splitter.Finish();
  message["content"] = text.answer + rest.answer;
  if (response.reasoning_end().empty()) return;
  message["reasoning_content"] = text.reasoning + rest.reasoning;
}

void StreamedContent::Add(const GenerateResponse& response, nlohmann::json& delta) {
  ReasoningSplitter& splitter =
      splitters_.try_emplace({response.key(), response.sample()}, response.reasoning_end())
          .first->second;
  const ReasoningSplitter::Piece piece =
      response.done() ? splitter.Finish() : splitter.Push(response.delta());
  if (!piece.reasoning.empty()) delta["reasoning_content"] = piece.reasoning;
  if (!piece.answer.empty()) delta["content"] = piece.answer;
}

}  // namespace hir
