// Distributed traces: W3C trace context, and spans sent to an OpenTelemetry collector.
//
// A trace belongs to a task (the responses to one instruction) or to a learner step, and the ids of
// its spans are hashes of names that every service knows: run, task, sample. So spans of four
// programs make one tree without a word between them, over streams that carry many samples, and
// after restarts. Calls that come from elsewhere bring their trace in the "traceparent" header
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
// A context without trace when `header` is not version 00's form, or its ids are zero.
SpanContext ParseTraceparent(std::string_view header);

// The span `name` of trace `trace`, e.g. ("run/task/3", "lease/1"). Sampled when this process
// exports and its ratio takes the trace: by the trace's id, so that processes with one ratio agree.
SpanContext NamedSpan(std::string_view trace, std::string_view name);
// The same with a span id nobody knows, in the trace of `parent` and sampled as that is.
SpanContext NewSpan(const SpanContext& parent);

// Of the spans of a task's tree: lease > generate > verify > store, a branch a sample, and lease >
// batch.
std::string TraceOfTask(std::string_view run, uint64_t task);
SpanContext LeaseSpan(std::string_view run, uint64_t task, uint64_t fencing_token);
// `stage`: "generate", "verify" or "store".
SpanContext SampleSpan(std::string_view run, uint64_t task, uint64_t fencing_token, uint32_t sample,
                       std::string_view stage);
// The root of a learner step's tree, which the batches of its tasks are linked to.
SpanContext StepSpan(std::string_view run, int64_t step);

// Has a span that ended sent, when its context is sampled. Costs nothing else; never blocks.
// Thread-safe.
void ReportSpan(Span span);

// The context that calls of this thread are made in, while the object lives; objects nest.
class TraceScope {
 public:
  explicit TraceScope(SpanContext context);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  SpanContext outer_;
};
// Without trace when there is no scope.
SpanContext CurrentTrace();

}  // namespace hir

#endif  // HIR_TRACE_TRACE_H_
