#include "hir/trace/trace.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/testing/fake_web_server.h"
#include "hir/trace/exporter.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSpan[] = "00f067aa0ba902b7";

std::string Header(const std::string& flags) {
  return absl::StrCat("00-", kTrace, "-", kSpan, "-", flags);
}

TEST(Traceparent, ReadsAndWritesVersionZero) {
  for (const auto& [flags, sampled] : {std::pair("01", true), {"00", false}, {"03", true}}) {
    const SpanContext context = ParseTraceparent(Header(flags));
    EXPECT_EQ(context.trace_id, kTrace);
    EXPECT_EQ(context.span_id, kSpan);
    EXPECT_EQ(context.sampled, sampled);
  }
  EXPECT_EQ(FormatTraceparent({kTrace, kSpan, true}), Header("01"));
  EXPECT_EQ(FormatTraceparent({kTrace, kSpan, false}), Header("00"));
  EXPECT_EQ(FormatTraceparent({}), "");
}

TEST(Traceparent, RefusesWhatTheStandardForbids) {
  for (const std::string& header :
       {std::string(), std::string("00"), "01" + Header("01").substr(2), Header("01") + "-x",
        Header("0"), Header("zz"), "00-" + std::string(32, '0') + "-" + kSpan + "-01",
        "00-" + std::string(kTrace) + "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + std::string(kSpan) + "-01"}) {
    EXPECT_FALSE(ParseTraceparent(header).valid()) << header;
  }
}

TEST(TraceScope, NestsInItsThread) {
  EXPECT_FALSE(CurrentTrace().valid());
  {
    const TraceScope outer({kTrace, kSpan, true});
    EXPECT_EQ(CurrentTrace().span_id, kSpan);
    {
      const TraceScope inner({kTrace, "1111111111111111", true});
      EXPECT_EQ(CurrentTrace().span_id, "1111111111111111");
    }
    EXPECT_EQ(CurrentTrace().span_id, kSpan);
  }
  EXPECT_FALSE(CurrentTrace().valid());
}

class ExporterTest : public ::testing::Test {
 protected:
  void Start(double ratio = 1) {
    exporter_ = std::make_unique<TraceExporter>(
        TraceExporterOptions{.url = collector_.url() + "/v1/traces",
                             .service = "hir-test",
                             .version = "1",
                             .ratio = ratio,
                             .on_batch = [this](size_t sent, size_t dropped) {
                               sent_ += sent;
                               dropped_ += dropped;
                             }});
  }
  // Destroys the exporter, which sends what is queued, and returns the spans of all requests.
  json Spans() {
    exporter_.reset();
    json spans = json::array();
    for (const std::string& body : collector_.requests()) {
      const json parsed = json::parse(body);
      for (const json& span : parsed["resourceSpans"][0]["scopeSpans"][0]["spans"]) {
        spans.push_back(span);
      }
    }
    return spans;
  }
  static Span Of(const SpanContext& context) {
    return {.name = "n", .context = context, .start = absl::UnixEpoch(), .end = absl::UnixEpoch()};
  }

  FakeWebServer collector_{FakeWebServer::Http(200, "{}")};
  size_t sent_ = 0;
  size_t dropped_ = 0;
  std::unique_ptr<TraceExporter> exporter_;
};

TEST_F(ExporterTest, WithoutOneNothingIsNamedAndNothingHappens) {
  EXPECT_FALSE(LeaseSpan("run", 1, 1).valid());
  ReportSpan(Of(LeaseSpan("run", 1, 1)));
}

TEST_F(ExporterTest, NamesGiveTheSameIdsEverywhere) {
  Start();
  const SpanContext lease = LeaseSpan("run", 3, 1);
  EXPECT_EQ(lease.trace_id, LeaseSpan("run", 3, 1).trace_id);
  EXPECT_EQ(lease.span_id, LeaseSpan("run", 3, 1).span_id);
  EXPECT_EQ(lease.trace_id, SampleSpan("run", 3, 1, 0, "generate").trace_id);
  EXPECT_NE(lease.span_id, LeaseSpan("run", 3, 2).span_id);
  EXPECT_NE(lease.trace_id, LeaseSpan("run", 4, 1).trace_id);
  EXPECT_NE(SampleSpan("run", 3, 1, 0, "generate").span_id,
            SampleSpan("run", 3, 1, 0, "verify").span_id);
  EXPECT_TRUE(ParseTraceparent(FormatTraceparent(lease)).valid());
}

TEST_F(ExporterTest, SendsASpanAsOtlpJson) {
  Start();
  Span span = Of(LeaseSpan("run", 3, 1));
  span.name = "lease";
  span.parent = StepSpan("run", 1);
  span.kind = Span::Kind::kServer;
  span.start = absl::FromUnixNanos(1'700'000'000'000'000'001);
  span.end = absl::FromUnixNanos(1'700'000'000'000'000'002);
  span.attributes = {{"hir.run", "r\xff"}, {"hir.step", int64_t{7}}, {"share", 0.5}};
  span.links = {StepSpan("run", 2), {}};
  span.error = "UNAVAILABLE";
  ReportSpan(span);
  const json spans = Spans();
  ASSERT_EQ(spans.size(), 1u);
  const json& sent = spans[0];
  EXPECT_EQ(sent["name"], "lease");
  EXPECT_EQ(sent["traceId"].get<std::string>().size(), 32u);
  EXPECT_EQ(sent["spanId"].get<std::string>().size(), 16u);
  EXPECT_EQ(sent["parentSpanId"], span.parent.span_id);
  EXPECT_EQ(sent["kind"], 2);
  EXPECT_EQ(sent["startTimeUnixNano"], "1700000000000000001");
  EXPECT_EQ(sent["endTimeUnixNano"], "1700000000000000002");
  EXPECT_EQ(sent["attributes"][0]["value"]["stringValue"], "r\xef\xbf\xbd");
  EXPECT_EQ(sent["attributes"][1]["value"]["intValue"], "7");
  EXPECT_EQ(sent["attributes"][2]["value"]["doubleValue"], 0.5);
  EXPECT_EQ(sent["links"].size(), 1u);
  EXPECT_EQ(sent["status"]["code"], 2);
  EXPECT_EQ(sent_, 1u);
  EXPECT_THAT(collector_.requests()[0], HasSubstr("\"service.name\""));
}

TEST_F(ExporterTest, TheRatioTakesThatShareOfTracesAndTheSameOnesEverywhere) {
  Start(0.25);
  int sampled = 0;
  for (uint64_t task = 0; task < 4000; ++task) {
    const SpanContext lease = LeaseSpan("run", task, 1);
    EXPECT_EQ(lease.sampled, SampleSpan("run", task, 1, 2, "store").sampled);
    sampled += lease.sampled ? 1 : 0;
  }
  EXPECT_NEAR(sampled, 1000, 120);
  exporter_.reset();
  Start(0);
  EXPECT_FALSE(LeaseSpan("run", 1, 1).sampled);
  ReportSpan(Of(LeaseSpan("run", 1, 1)));
  EXPECT_TRUE(Spans().empty());
}

TEST_F(ExporterTest, TriesAgainWhenTheCollectorIsBusyAndCountsWhatItRefuses) {
  Start();
  collector_.Script(FakeWebServer::Http(503, ""));
  ReportSpan(Of(LeaseSpan("run", 1, 1)));
  exporter_.reset();
  EXPECT_EQ(sent_, 1u);
  EXPECT_EQ(collector_.requests().size(), 2u);
  Start();
  collector_.Script(FakeWebServer::Http(400, ""));
  ReportSpan(Of(LeaseSpan("run", 2, 1)));
  exporter_.reset();
  EXPECT_EQ(dropped_, 1u);
  EXPECT_EQ(collector_.requests().size(), 3u);
}

TEST_F(ExporterTest, DropsRatherThanGrowWithoutBound) {
  exporter_ = std::make_unique<TraceExporter>(TraceExporterOptions{
      .url = collector_.url(), .max_waiting = 2, .on_batch = [this](size_t sent, size_t dropped) {
        sent_ += sent;
        dropped_ += dropped;
      }});
  // Faster than the exporter's thread can take them.
  for (uint64_t i = 0; i < 100'000; ++i) exporter_->Add(Of({kTrace, kSpan, true}));
  exporter_.reset();
  EXPECT_GT(dropped_, 0u);
  EXPECT_EQ(sent_ + dropped_, 100'000u);
}

class EnvironmentTest : public ::testing::Test {
 protected:
  ~EnvironmentTest() override {
    for (const char* name : {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                             "OTEL_TRACES_SAMPLER_ARG"}) {
      unsetenv(name);  // NOLINT(concurrency-mt-unsafe): one thread.
    }
  }
  static void Set(const char* name, const char* value) {
    setenv(name, value, 1);  // NOLINT(concurrency-mt-unsafe): one thread.
  }
  static absl::StatusOr<TraceExporterOptions> Read() {
    return TraceOptionsFromEnvironment("hir-test", "1");
  }
};

TEST_F(EnvironmentTest, NamesTheCollectorAsOpenTelemetryDoes) {
  EXPECT_EQ(Read()->url, "");
  Set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
  EXPECT_EQ(Read()->url, "http://collector:4318/v1/traces");
  Set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://other/traces");
  EXPECT_EQ(Read()->url, "https://other/traces");
  EXPECT_EQ(Read()->ratio, 1);
  Set("OTEL_TRACES_SAMPLER_ARG", "0.05");
  EXPECT_EQ(Read()->ratio, 0.05);
}

TEST_F(EnvironmentTest, RefusesWhatItCannotUse) {
  Set("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317");
  EXPECT_THAT(std::string(Read().status().message()), HasSubstr("http://127.0.0.1:4318"));
  Set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
  for (const char* ratio : {"2", "-1", "half", "nan"}) {
    Set("OTEL_TRACES_SAMPLER_ARG", ratio);
    EXPECT_FALSE(Read().ok()) << ratio;
  }
}

}  // namespace
}  // namespace hir
