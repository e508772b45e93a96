// Distributed traces: W3C trace context, and spans sent to an OpenTelemetry collector.
//
// A trace belongs to a task (the responses to one instruction) or to a learner step, and the ids of
// its spans are hashes of names that every service knows: run, task, sample. So the spans of four
// programs form one tree without passing ids along, over streams that carry many samples and after
// restarts. Calls from elsewhere bring their trace in the "traceparent" header
// (https://www.w3.org/TR/trace-context).
#ifndef HIR_TRACE_TRACE_H_
#define HIR_TRACE_TRACE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "hir/trace/span.h"

namespace hir {

// "00-TRACE-SPAN-01"; empty for a context without span.
std::string FormatTraceparent(const SpanContext& context);
// The inverse. Returns an empty context if `header` is not of version 00's form or its ids are
// zero.
SpanContext ParseTraceparent(std::string_view header);

// The span `name` of trace `trace`, e.g. ("run/task/3", "lease/1"). Sampled if this process exports
// and its ratio selects the trace's id, so that processes with the same ratio agree.
SpanContext NamedSpan(std::string_view trace, std::string_view name);
// A span with a fresh random id in the trace of `parent`, sampled if that is.
SpanContext NewSpan(const SpanContext& parent);

// The trace of a task. Its tree is lease > generate > verify > store, one branch per sample, and
// lease > batch.
std::string TraceOfTask(std::string_view run, uint64_t task);
SpanContext LeaseSpan(std::string_view run, uint64_t task, uint64_t fencing_token);
// `stage`: "generate", "verify" or "store".
SpanContext SampleSpan(std::string_view run, uint64_t task, uint64_t fencing_token, uint32_t sample,
                       std::string_view stage);
// The root of a learner step's tree; the "batch" spans of its tasks link to it.
SpanContext StepSpan(std::string_view run, int64_t step);

// Hands a span that has ended to the exporter; does nothing for a context that is not sampled.
// Never blocks. Thread-safe.
void ReportSpan(Span span);

// Sets the context in which this thread makes calls, while the object lives. Scopes nest.
class TraceScope {
 public:
  explicit TraceScope(SpanContext context);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  SpanContext outer_;
};
// The context of the innermost scope; empty outside of any.
SpanContext CurrentTrace();

}  // namespace hir

#endif  // HIR_TRACE_TRACE_H_
