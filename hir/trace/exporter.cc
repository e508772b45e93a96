#include "hir/trace/exporter.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "hir/base/log.h"
#include "hir/trace/current_exporter.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

constexpr size_t kMaxBatch = 512;
constexpr absl::Duration kFlushEvery = absl::Seconds(1);
constexpr absl::Duration kPostTimeout = absl::Seconds(2);
constexpr int kAttempts = 3;
constexpr int kErrorCode = 2;  // STATUS_CODE_ERROR.

std::atomic<TraceExporter*> current_exporter = nullptr;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read at start.
  return value == nullptr ? "" : value;
}

json Attribute(const std::string& key, const AttributeValue& value) {
  json typed;
  if (const auto* text = std::get_if<std::string>(&value)) typed = {{"stringValue", *text}};
  // 64-bit numbers are strings in protobuf's JSON.
  if (const auto* number = std::get_if<int64_t>(&value)) {
    typed = {{"intValue", absl::StrCat(*number)}};
  }
  if (const auto* real = std::get_if<double>(&value)) typed = {{"doubleValue", *real}};
  return {{"key", key}, {"value", typed}};
}

json ToJson(const Span& span) {
  json object = {{"traceId", span.context.trace_id},
                 {"spanId", span.context.span_id},
                 {"name", span.name},
                 {"kind", static_cast<int>(span.kind)},
                 {"startTimeUnixNano", absl::StrCat(absl::ToUnixNanos(span.start))},
                 {"endTimeUnixNano", absl::StrCat(absl::ToUnixNanos(span.end))},
                 {"attributes", json::array()}};
  if (!span.parent.span_id.empty()) object["parentSpanId"] = span.parent.span_id;
  for (const auto& [key, value] : span.attributes) {
    object["attributes"].push_back(Attribute(key, value));
  }
  for (const SpanContext& link : span.links) {
    if (!link.valid()) continue;
    object["links"].push_back({{"traceId", link.trace_id}, {"spanId", link.span_id}});
  }
  if (!span.error.empty()) object["status"] = {{"code", kErrorCode}, {"message", span.error}};
  return object;
}

}  // namespace

TraceExporter* CurrentExporter() { return current_exporter.load(std::memory_order_acquire); }

absl::StatusOr<TraceExporterOptions> TraceOptionsFromEnvironment(std::string service,
                                                                 std::string version) {
  TraceExporterOptions options;
  options.service = std::move(service);
  options.version = std::move(version);
  options.url = Variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  if (options.url.empty()) {
    const std::string base = Variable("OTEL_EXPORTER_OTLP_ENDPOINT");
    if (!base.empty()) options.url = absl::StrCat(absl::StripSuffix(base, "/"), "/v1/traces");
  }
  if (!options.url.empty() && !absl::StartsWith(options.url, "http://") &&
      !absl::StartsWith(options.url, "https://")) {
    return absl::InvalidArgumentError(
        absl::StrCat("OTEL_EXPORTER_OTLP_ENDPOINT is \"", options.url,
                     "\"; it must be an http URL, e.g. http://127.0.0.1:4318."));
  }
  const std::string ratio = Variable("OTEL_TRACES_SAMPLER_ARG");
  if (!ratio.empty() &&
      (!absl::SimpleAtod(ratio, &options.ratio) || !(options.ratio >= 0 && options.ratio <= 1))) {
    return absl::InvalidArgumentError(absl::StrCat("OTEL_TRACES_SAMPLER_ARG is \"", ratio,
                                                   "\"; it is the share of traces, from 0 to 1."));
  }
  return options;
}

TraceExporter::TraceExporter(TraceExporterOptions options)
    : options_(std::move(options)), client_(options_.url, ""), worker_([this] { Work(); }) {
  current_exporter.store(this, std::memory_order_release);
}

TraceExporter::~TraceExporter() {
  current_exporter.store(nullptr, std::memory_order_release);
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  worker_.join();
}

void TraceExporter::Add(Span span) {
  absl::MutexLock lock(&mutex_);
  if (waiting_.size() >= options_.max_waiting) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(span));
}

bool TraceExporter::Samples(std::string_view trace_id) const {
  // The last 56 bits, as OpenTelemetry's probability sampling takes them.
  uint64_t random = 0;
  const std::string digits(trace_id.substr(trace_id.size() - 14));
  if (!absl::SimpleHexAtoi(digits, &random)) return false;
  return static_cast<double>(random) < options_.ratio * static_cast<double>(uint64_t{1} << 56);
}

void TraceExporter::Work() {
  const absl::Time forever = absl::InfiniteFuture();
  absl::Time give_up = forever;
  while (true) {
    std::vector<Span> batch;
    size_t dropped = 0;
    bool ending = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return ending_ || waiting_.size() >= kMaxBatch;
      };
      mutex_.AwaitWithTimeout(absl::Condition(&due), kFlushEvery);
      ending = ending_;
      const size_t count = std::min(waiting_.size(), kMaxBatch);
      batch.assign(std::make_move_iterator(waiting_.begin()),
                   std::make_move_iterator(waiting_.begin() + static_cast<int64_t>(count)));
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<int64_t>(count));
      dropped = std::exchange(dropped_, 0);
    }
    if (ending && give_up == forever) give_up = absl::Now() + kPostTimeout;
    const bool sent = !batch.empty() && absl::Now() < give_up && Send(batch);
    if (options_.on_batch && (!batch.empty() || dropped > 0)) {
      options_.on_batch(sent ? batch.size() : 0, dropped + (sent ? 0 : batch.size()));
    }
    if (ending && batch.empty()) return;
  }
}

bool TraceExporter::Send(const std::vector<Span>& batch) {
  const std::string body = OtlpJson(options_, batch);
  std::string why;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const absl::StatusOr<HttpResponse> response = client_.Post(body, kPostTimeout);
    if (response.ok() && response->code >= 200 && response->code < 300) return true;
    why = response.ok() ? absl::StrCat("HTTP ", response->code)
                        : std::string(response.status().message());
    // The collector has rejected the request; a retry would not change that.
    if (response.ok() && response->code < 500 && response->code != 429) break;
  }
  Log(Severity::kWarning, "spans are lost: the collector does not accept them",
      {{"url", options_.url}, {"spans", batch.size()}, {"reason", why}});
  return false;
}

std::string OtlpJson(const TraceExporterOptions& options, absl::Span<const Span> spans) {
  json list = json::array();
  for (const Span& span : spans) list.push_back(ToJson(span));
  json resource;
  resource["attributes"] = json::array({Attribute("service.name", options.service),
                                        Attribute("service.version", options.version),
                                        Attribute("process.pid", static_cast<int64_t>(getpid()))});
  json scope;
  scope["scope"]["name"] = "hir";
  scope["spans"] = std::move(list);
  json body;
  body["resourceSpans"] = json::array();
  body["resourceSpans"].push_back(
      {{"resource", std::move(resource)}, {"scopeSpans", json::array({std::move(scope)})}});
  // Names come from outside and need not be UTF-8.
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hir
