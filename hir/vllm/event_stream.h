// Takes a stream of server-sent events apart.
#ifndef HIR_VLLM_EVENT_STREAM_H_
#define HIR_VLLM_EVENT_STREAM_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace hir {

// The longest event that is accepted; one holds the tokens of a few decoding steps.
inline constexpr size_t kMaxEventBytes = size_t{1} << 20;

// Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html, of which an
// OpenAI-like service uses lines "data: JSON" and blank lines. Not thread-safe.
class EventStream {
 public:
  // Takes the next bytes, wherever they were cut, and calls `on_event` with the data of each event
  // that they complete. Returns the first error of `on_event`, after which nothing may follow.
  // FAILED_PRECONDITION: a line of more than kMaxEventBytes.
  absl::Status Push(std::string_view bytes,
                    absl::FunctionRef<absl::Status(std::string_view)> on_event);

  // Whether the event "[DONE]" came, with which a service ends a stream that is whole.
  bool done() const { return done_; }

 private:
  std::string line_;  // The beginning of an unfinished line.
  bool done_ = false;
};

}  // namespace hir

#endif  // HIR_VLLM_EVENT_STREAM_H_
