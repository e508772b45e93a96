#include "services/replay/response_decoder.h"

#include "hir/tokenizer/awaited_mark.h"

namespace hir {

std::string ModelResponseDecoder::Decode(const RunConfig& config,
                                         absl::Span<const int32_t> ids) const {
  if (config.model.reasoning_end.empty()) return tokenizer_->Decode(ids);
  return tokenizer_->Showing(config.model.reasoning_end)->Decode(ids);
}

std::string ModelResponseDecoder::AwaitedMark(const RunConfig& config,
                                              absl::Span<const int32_t> prompt) const {
  return hir::AwaitedMark(*tokenizer_, prompt, config.model.reasoning_end);
}

}  // namespace hir
