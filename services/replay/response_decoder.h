// Decodes token ids of responses, to check their text.
#ifndef HIR_SERVICES_REPLAY_RESPONSE_DECODER_H_
#define HIR_SERVICES_REPLAY_RESPONSE_DECODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/types/span.h"
#include "hir/config/run_config.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Decodes like the run's rollout workers, with the tokenizer that all services of the run share.
// Thread-safe.
class ResponseDecoder {
 public:
  virtual ~ResponseDecoder() = default;

  // The text of a response of these tokens in a run of `config`.
  virtual std::string Decode(const RunConfig& config, absl::Span<const int32_t> ids) const = 0;
  // AwaitedMark() of a prompt in a run of `config`.
  virtual std::string AwaitedMark(const RunConfig& config,
                                  absl::Span<const int32_t> prompt) const = 0;
};

// Uses the tokenizer of a model folder. Thread-safe.
class ModelResponseDecoder : public ResponseDecoder {
 public:
  explicit ModelResponseDecoder(std::shared_ptr<const Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)) {}

  std::string Decode(const RunConfig& config, absl::Span<const int32_t> ids) const override;
  std::string AwaitedMark(const RunConfig& config, absl::Span<const int32_t> prompt) const override;

 private:
  const std::shared_ptr<const Tokenizer> tokenizer_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_RESPONSE_DECODER_H_
