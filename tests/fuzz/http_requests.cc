#include "hir/openai/chat.h"
#include "hir/openai/completions.h"
#include "tests/fuzz/fuzz_input.h"

// The body of a request to either interface of the HTTP front gives a call of Generate within its
// bounds or a non-empty error message.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body = hir::FuzzInput(data, size).Rest();
  for (const auto parse : {hir::ParseChatRequest, hir::ParseCompletionsRequest}) {
    const auto request = parse(body, {.model = "m", .seed = 1});
    hir::Expect(request.ok() || !request.status().message().empty());
    if (!request.ok()) continue;
    const hir::common::v1::SamplingSettings& sampling = request->generate.sampling();
    hir::Expect(request->choices >= 1 && request->choices <= 128);
    hir::Expect(sampling.temperature() >= 0 && sampling.temperature() <= 2);
    hir::Expect(sampling.top_p() > 0 && sampling.top_p() <= 1 && sampling.top_k() >= 0);
    hir::Expect(sampling.max_response_tokens() >= 0);
    uint64_t key = 0;
    for (const auto& prompt : request->generate.prompts()) {
      hir::Expect(prompt.key() == key++ && prompt.responses() == request->choices);
    }
  }
  return 0;
}
