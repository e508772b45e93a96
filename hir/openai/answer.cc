#include "hir/openai/answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hir/openai/logprobs.h"

namespace hir {
namespace {

using nlohmann::json;
using rollout::v1::GenerateResponse;

json FinishReasonOf(const GenerateResponse& response) {
  return response.finish_reason() == common::v1::FINISH_REASON_LENGTH ? "length" : "stop";
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string EventOf(const json& value) { return absl::StrCat("data: ", Dump(value), "\n\n"); }

template <typename Ids>
json IdsOf(const Ids& ids, int begin) {
  return std::vector<int32_t>(ids.begin() + begin, ids.end());
}

}  // namespace

json CompletionAnswer::Head(bool event) const {
  const char* const object = !chat() ? "text_completion"
                             : event ? "chat.completion.chunk"
                                     : "chat.completion";
  return {{"id", absl::StrCat(chat() ? "chatcmpl-" : "cmpl-", completion_.number)},
          {"object", object},
          {"created", completion_.created},
          {"model", completion_.model}};
}

uint32_t CompletionAnswer::IndexOf(const GenerateResponse& response) const {
  return static_cast<uint32_t>(response.key()) * request_.choices + response.sample();
}

void CompletionAnswer::Count(const GenerateResponse& response) {
  prompt_tokens_[response.key()] = response.prompt_tokens();
  response_tokens_ += response.token_ids_size();
}

json CompletionAnswer::Usage() const {
  int64_t prompt = 0;
  for (const auto& [key, tokens] : prompt_tokens_) prompt += tokens;
  return {{"prompt_tokens", prompt},
          {"completion_tokens", response_tokens_},
          {"total_tokens", prompt + response_tokens_}};
}

// The choice of a complete response.
json CompletionAnswer::Choice(const GenerateResponse& response) const {
  const int tokens = static_cast<int>(response.text_tokens());
  json choice = {{"index", IndexOf(response)},
                 {"logprobs", nullptr},
                 {"finish_reason", FinishReasonOf(response)}};
  if (chat()) {
    choice["message"] = {{"role", "assistant"}};
    AddContent(response, choice["message"]);
    if (request_.logprobs) choice["logprobs"] = ChatLogprobs(response.scores(), 0, tokens);
  } else {
    choice["text"] = absl::StrCat(request_.echo ? response.prompt().text() : "", response.text());
    int64_t offset = 0;
    if (request_.logprobs) {
      choice["logprobs"] =
          CompletionLogprobs(response.prompt().scores(), response.scores(), 0, tokens, offset);
    }
  }
  if (!request_.token_ids) return choice;
  choice["token_ids"] = IdsOf(response.token_ids(), 0);
  if (!chat()) choice["prompt_token_ids"] = IdsOf(response.prompt().token_ids(), 0);
  return choice;
}

std::string CompletionAnswer::Whole(std::vector<GenerateResponse> responses) {
  std::sort(responses.begin(), responses.end(),
            [this](const auto& a, const auto& b) { return IndexOf(a) < IndexOf(b); });
  json answer = Head(/*event=*/false);
  answer["choices"] = json::array();
  for (const GenerateResponse& response : responses) {
    Count(response);
    answer["choices"].push_back(Choice(response));
  }
  answer["usage"] = Usage();
  if (chat() && request_.token_ids && !responses.empty()) {
    answer["prompt_token_ids"] = IdsOf(responses[0].prompt().token_ids(), 0);
  }
  return Dump(answer);
}

// The choice of one piece of a streamed response. The last message repeats all tokens; earlier ones
// have only those that follow what was sent.
json CompletionAnswer::EventChoice(const GenerateResponse& response, Sent& sent) {
  const bool done = response.done();
  json choice = {{"index", IndexOf(response)},
                 {"logprobs", nullptr},
                 {"finish_reason", done ? FinishReasonOf(response) : json()}};
  if (chat()) {
    json delta = json::object();
    content_.Add(response, delta);
    if (delta.empty() && (!sent.begun || !done)) delta["content"] = "";
    if (!sent.begun) delta["role"] = "assistant";
    choice["delta"] = std::move(delta);
  } else {
    choice["text"] = response.delta();
  }
  const int begin = done ? sent.tokens : 0;
  const int end = done ? std::max<int>(begin, response.text_tokens()) : response.token_ids_size();
  if (request_.logprobs) {
    choice["logprobs"] =
        chat() ? ChatLogprobs(response.scores(), begin, end)
               : CompletionLogprobs({}, response.scores(), begin, end, sent.characters);
  }
  if (request_.token_ids) choice["token_ids"] = IdsOf(response.token_ids(), begin);
  return choice;
}

std::string CompletionAnswer::Event(const GenerateResponse& response) {
  Sent& sent = sent_[IndexOf(response)];
  json choice = EventChoice(response, sent);
  json event = Head(/*event=*/true);
  if (request_.include_usage) event["usage"] = nullptr;
  if (request_.token_ids && response.done()) {
    (chat() ? event : choice)["prompt_token_ids"] = IdsOf(response.prompt().token_ids(), 0);
  }
  event["choices"] = json::array({std::move(choice)});
  sent.begun = true;
  if (response.done()) {
    Count(response);
  } else {
    sent.tokens += response.token_ids_size();
  }
  return EventOf(event);
}

std::string CompletionAnswer::LastEvents() {
  constexpr char kEnd[] = "data: [DONE]\n\n";
  if (!request_.include_usage) return kEnd;
  json event = Head(/*event=*/true);
  event["choices"] = json::array();
  event["usage"] = Usage();
  return EventOf(event) + kEnd;
}

}  // namespace hir
