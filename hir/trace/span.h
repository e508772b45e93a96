// The parts of a trace: the ids that name a span, and the span itself.
#ifndef HIR_TRACE_SPAN_H_
#define HIR_TRACE_SPAN_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace hir {

// Ids in lower-case hex: 32 and 16 digits, not all zero.
struct SpanContext {
  std::string trace_id;
  std::string span_id;  // Empty: the trace as a whole, the parent of a root span.
  bool sampled = false;

  bool valid() const { return !trace_id.empty(); }
};

// The value of a span's attribute.
using AttributeValue = std::variant<std::string, int64_t, double>;

// One piece of work in a trace, reported when it has ended.
struct Span {
  enum class Kind { kInternal = 1, kServer = 2 };  // OTLP's numbers.

  std::string name;
  SpanContext context;
  SpanContext parent;  // Without span_id: this span is a root.
  Kind kind = Kind::kInternal;
  absl::Time start;
  absl::Time end;
  std::vector<std::pair<std::string, AttributeValue>> attributes;
  std::vector<SpanContext> links;
  std::string error;  // Empty: the work succeeded.
};

}  // namespace hir

#endif  // HIR_TRACE_SPAN_H_
