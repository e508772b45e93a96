// Answers in the formats of OpenAI's interfaces, whole or as events.
#ifndef HIR_OPENAI_ANSWER_H_
#define HIR_OPENAI_ANSWER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hir/openai/chat_content.h"
#include "hir/openai/request.h"
#include "hir/rollout/v1/rollout.pb.h"
#include "nlohmann/json.hpp"

namespace hir {

// Identifies one answer.
struct Completion {
  uint64_t number = 0;  // Makes the answer's id.
  std::string model;
  int64_t created = 0;  // Seconds since 1970.
};

// Writes the answer to one request, which must outlive it. Not thread-safe.
class CompletionAnswer {
 public:
  CompletionAnswer(const CompletionRequest& request, Completion completion)
      : request_(request), completion_(std::move(completion)) {}

  // The whole answer. `responses` are all of the call's, complete, in any order.
  std::string Whole(std::vector<rollout::v1::GenerateResponse> responses);

  // One piece of a streamed answer, as text/event-stream.
  std::string Event(const rollout::v1::GenerateResponse& response);
  // The events after the last piece of a successful answer.
  std::string LastEvents();

 private:
  // What has been sent of one choice.
  struct Sent {
    int tokens = 0;
    int64_t characters = 0;  // Characters of the tokens whose log-probabilities were sent.
    bool begun = false;
  };

  nlohmann::json Head(bool event) const;
  uint32_t IndexOf(const rollout::v1::GenerateResponse& response) const;
  nlohmann::json Choice(const rollout::v1::GenerateResponse& response) const;
  nlohmann::json EventChoice(const rollout::v1::GenerateResponse& response, Sent& sent);
  void Count(const rollout::v1::GenerateResponse& response);
  nlohmann::json Usage() const;
  bool chat() const { return request_.interface == OpenAiInterface::kChat; }

  const CompletionRequest& request_;
  const Completion completion_;
  std::map<uint32_t, Sent> sent_;  // By index.
  StreamedContent content_;
  std::map<uint64_t, int64_t> prompt_tokens_;  // By key.
  int64_t response_tokens_ = 0;
};

}  // namespace hir

#endif  // HIR_OPENAI_ANSWER_H_
