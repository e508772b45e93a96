// Sends this process' spans to a collector by OTLP over HTTP, in JSON
// (https://opentelemetry.io/docs/specs/otlp).
#ifndef HIR_TRACE_EXPORTER_H_
#define HIR_TRACE_EXPORTER_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "hir/http/http_client.h"
#include "hir/trace/span.h"

namespace hir {

// Where spans go and how many.
struct TraceExporterOptions {
  std::string url;      // Of the collector: http://HOST:4318/v1/traces.
  std::string service;  // "hir-replay".
  std::string version;
  double ratio = 1;           // Share of traces that are sampled; in [0, 1].
  size_t max_waiting = 8192;  // Spans; more are dropped.
  // Called after every batch with the numbers of spans sent and dropped. May be empty.
  std::function<void(size_t sent, size_t dropped)> on_batch;
};

// Reads OpenTelemetry's environment variables: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or
// OTEL_EXPORTER_OTLP_ENDPOINT followed by /v1/traces; OTEL_TRACES_SAMPLER_ARG, the ratio. The url
// is empty if no endpoint is named. INVALID_ARGUMENT: the ratio is not a number in [0, 1], or the
// endpoint is not an http URL.
absl::StatusOr<TraceExporterOptions> TraceOptionsFromEnvironment(std::string service,
                                                                 std::string version);

// While it lives, sampled spans of this process are sent at most a second after they end. At most
// one may exist at a time, and no thread may report spans while it is destroyed. A batch that the
// collector has not accepted at the third attempt is dropped. The destructor sends waiting spans,
// within two seconds.
class TraceExporter {
 public:
  explicit TraceExporter(TraceExporterOptions options);
  ~TraceExporter();
  TraceExporter(const TraceExporter&) = delete;
  TraceExporter& operator=(const TraceExporter&) = delete;

  // Queues a span. Thread-safe; never blocks.
  void Add(Span span);
  // Whether the trace with this id is sampled.
  bool Samples(std::string_view trace_id) const;

 private:
  void Work();
  bool Send(const std::vector<Span>& batch);

  const TraceExporterOptions options_;
  HttpClient client_;
  absl::Mutex mutex_;
  std::deque<Span> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;  // Since the last batch.
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread worker_;
};

// The body of one request.
std::string OtlpJson(const TraceExporterOptions& options, absl::Span<const Span> spans);

}  // namespace hir

#endif  // HIR_TRACE_EXPORTER_H_
