#include "hir/trace/trace.h"

#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "hir/base/sha256.h"
#include "hir/trace/current_exporter.h"
#include "hir/trace/exporter.h"

namespace hir {
namespace {

constexpr size_t kTraceDigits = 32;
constexpr size_t kSpanDigits = 16;

thread_local SpanContext current_trace;

bool IsId(absl::string_view text, size_t digits) {
  if (text.size() != digits) return false;
  bool zero = true;
  for (const char c : text) {
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
    zero &= c == '0';
  }
  return !zero;
}

std::string SampleName(uint64_t fencing_token, uint32_t sample, std::string_view stage) {
  return absl::StrCat(std::string(stage), "/", fencing_token, "/", sample);
}

}  // namespace

std::string FormatTraceparent(const SpanContext& context) {
  if (context.trace_id.empty() || context.span_id.empty()) return "";
  return absl::StrCat("00-", context.trace_id, "-", context.span_id,
                      context.sampled ? "-01" : "-00");
}

SpanContext ParseTraceparent(std::string_view header) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(header.data(), header.size()), '-');
  if (parts.size() != 4 || parts[0] != "00" || !IsId(parts[1], kTraceDigits) ||
      !IsId(parts[2], kSpanDigits) || (parts[3] != "00" && !IsId(parts[3], 2))) {
    return {};
  }
  const char flags = parts[3][1];
  const int low = flags <= '9' ? flags - '0' : flags - 'a' + 10;
  return {parts[1], parts[2], (low & 1) == 1};
}

SpanContext NamedSpan(std::string_view trace, std::string_view name) {
  const TraceExporter* const exporter = CurrentExporter();
  // Without an exporter nothing is hashed.
  if (exporter == nullptr) return {};
  SpanContext context;
  context.trace_id = Sha256Hex(std::string(trace)).substr(0, kTraceDigits);
  context.span_id =
      Sha256Hex(absl::StrCat(std::string(trace), "/", std::string(name))).substr(0, kSpanDigits);
  context.sampled = exporter->Samples(context.trace_id);
  return context;
}

SpanContext NewSpan(const SpanContext& parent) {
  thread_local std::mt19937_64 random(std::random_device{}());
  return {parent.trace_id, absl::StrFormat("%016x", random() | 1), parent.sampled};
}

std::string TraceOfTask(std::string_view run, uint64_t task) {
  return absl::StrCat(std::string(run), "/task/", task);
}

SpanContext LeaseSpan(std::string_view run, uint64_t task, uint64_t fencing_token) {
  return NamedSpan(TraceOfTask(run, task), absl::StrCat("lease/", fencing_token));
}

SpanContext SampleSpan(std::string_view run, uint64_t task, uint64_t fencing_token, uint32_t sample,
                       std::string_view stage) {
  return NamedSpan(TraceOfTask(run, task), SampleName(fencing_token, sample, stage));
}

SpanContext StepSpan(std::string_view run, int64_t step) {
  return NamedSpan(absl::StrCat(std::string(run), "/step/", step), "step");
}

void ReportSpan(Span span) {
  if (!span.context.sampled) return;
  if (TraceExporter* const exporter = CurrentExporter(); exporter != nullptr) {
    exporter->Add(std::move(span));
  }
}

TraceScope::TraceScope(SpanContext context)
    : outer_(std::exchange(current_trace, std::move(context))) {}
TraceScope::~TraceScope() { current_trace = std::move(outer_); }

SpanContext CurrentTrace() { return current_trace; }

}  // namespace hir
