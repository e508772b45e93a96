// The inverse of FakePromptEncoder, for tests: one token per byte.
#ifndef HIR_SERVICES_REPLAY_FAKE_RESPONSE_DECODER_H_
#define HIR_SERVICES_REPLAY_FAKE_RESPONSE_DECODER_H_

#include <string>

#include "absl/strings/match.h"
#include "services/replay/response_decoder.h"

namespace hir {

// Tokens from 256 on are special: they have no text.
class FakeResponseDecoder : public ResponseDecoder {
 public:
  std::string Decode(const RunConfig&, absl::Span<const int32_t> ids) const override {
    std::string text;
    for (const int32_t id : ids) {
      if (id < 256) text.push_back(static_cast<char>(id));
    }
    return text;
  }
  std::string AwaitedMark(const RunConfig& config,
                          absl::Span<const int32_t> prompt) const override {
    const std::string& mark = config.model.reasoning_end;
    return absl::EndsWith(Decode(config, prompt), mark) ? "" : mark;
  }
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_FAKE_RESPONSE_DECODER_H_
