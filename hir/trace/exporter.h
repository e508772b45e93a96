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

struct TraceExporterOptions {
  std::string url;      // Of the collector: http://HOST:4318/v1/traces.
  std::string service;  // "hir-replay".
  std::string version;
  double ratio = 1;           // Share of traces that are sampled; in [0, 1].
  size_t max_waiting = 8192;  // Spans; more are dropped.
  // Told of every batch: how many spans were sent, and dropped. May be empty.
  std::function<void(size_t sent, size_t dropped)> on_batch;
};

// What OpenTelemetry's environment variables say: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or
// OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces behind it; OTEL_TRACES_SAMPLER_ARG, the ratio. An
// empty url: no endpoint is named. INVALID_ARGUMENT: the ratio is no number in [0, 1], or the
// endpoint no http URL.
absl::StatusOr<TraceExporterOptions> TraceOptionsFromEnvironment(std::string service,
                                                                 std::string version);

// While it lives, sampled spans of this process are sent, a second after they end at the latest; at
// most one lives at a time, and no thread reports spans when it ends. What the collector does not
// take at the third attempt is dropped. Its end sends what waits, within two seconds.
class TraceExporter {
 public:
  explicit TraceExporter(TraceExporterOptions options);
  ~TraceExporter();
  TraceExporter(const TraceExporter&) = delete;
  TraceExporter& operator=(const TraceExporter&) = delete;

  // Thread-safe; never blocks.
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
