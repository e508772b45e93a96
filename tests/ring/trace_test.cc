// Traces of a running ring, as a collector receives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kDeadline = absl::Minutes(4);

std::string AttributeOf(const json& span, const std::string& key) {
  for (const json& attribute : span["attributes"]) {
    if (attribute["key"] == key) return attribute["value"].begin()->get<std::string>();
  }
  return "";
}

// Names, without repeats, of the spans below `parent` in the trace of `spans`.
std::set<std::string> Below(const std::vector<json>& spans, const std::string& parent) {
  std::set<std::string> names;
  for (const json& span : spans) {
    if (span.value("parentSpanId", "") == parent) names.insert(span["name"]);
  }
  return names;
}

TEST(RingTraces, OfATaskMakeOneTreeAcrossTheServices) {
  TinyRun run("traced", TinyConstraints::kLetterAndNoComma);
  // The collector writes its port to a file and stores the spans, one per line.
  const std::string port_file = run.root() + "/port";
  const std::string spans_file = run.root() + "/spans.jsonl";
  TestProcess collector(
      {"/usr/bin/python3", HIR_SOURCE_DIR "/tests/ring/trace_collector.py", port_file, spans_file},
      run.root() + "/collector.log");
  ASSERT_TRUE(Await(kDeadline, [&] { return ReadFile(port_file).ok(); })) << collector.Output();
  const std::string endpoint = absl::StrCat("http://127.0.0.1:", *ReadFile(port_file));
  setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  const auto training = run.StartTraining({"learner.total_steps=2"});
  unsetenv("OTEL_EXPORTER_OTLP_ENDPOINT");  // NOLINT(concurrency-mt-unsafe)
  // Services send queued spans before they end.
  ASSERT_EQ(training->Wait(kDeadline), 0) << training->Output();
  std::map<std::string, std::vector<json>> traces;
  for (const json& span : ReadJsonLines(spans_file)) traces[span["traceId"]].push_back(span);

  int tasks = 0;
  int steps = 0;
  for (const auto& [id, spans] : traces) {
    const auto root = std::find_if(spans.begin(), spans.end(), [](const json& span) {
      return span["name"] == "lease" || span["name"] == "step";
    });
    ASSERT_NE(root, spans.end()) << "a trace without a root: " << json(spans);
    EXPECT_FALSE(root->contains("parentSpanId"));
    std::set<std::string> ids;
    for (const json& span : spans) ids.insert(span["spanId"]);
    EXPECT_EQ(ids.size(), spans.size());
    for (const json& span : spans) {
      if (&span == &*root) continue;
      EXPECT_TRUE(ids.contains(span.value("parentSpanId", ""))) << span;
    }
    if ((*root)["name"] == "step") {
      ++steps;
      EXPECT_EQ((*root)["service"], "hir-learner");
      // The learner's calls in a step appear as spans of the called service.
      EXPECT_TRUE(Below(spans, (*root)["spanId"]).contains("hir.replay.v1.Replay/AdvanceVersion"));
      EXPECT_TRUE(Below(spans, (*root)["spanId"]).contains("freeze"));
      EXPECT_TRUE(Below(spans, (*root)["spanId"]).contains("train"));
      continue;
    }
    ++tasks;
    EXPECT_EQ((*root)["service"], "hir-replay");
    EXPECT_TRUE(AttributeOf(*root, "hir.group_id").starts_with("tiny/"));
    EXPECT_THAT(Below(spans, (*root)["spanId"]), UnorderedElementsAre("generate", "batch"));
    std::map<std::string, int> count;
    for (const json& span : spans) {
      ++count[span["name"]];
      const std::map<std::string, std::string> below = {{"generate", "verify"},
                                                        {"verify", "store"}};
      const auto child = below.find(span["name"]);
      if (child != below.end()) {
        EXPECT_THAT(Below(spans, span["spanId"]), UnorderedElementsAre(child->second));
      }
      // The batch links to the step that trains on it.
      if (span["name"] == "batch") {
        const std::string step = span["links"].at(0)["traceId"];
        EXPECT_TRUE(traces.contains(step)) << span;
      }
    }
    const std::map<std::string, int> wanted = {
        {"lease", 1}, {"generate", 6}, {"verify", 6}, {"store", 6}, {"batch", 1}};
    EXPECT_EQ(count, wanted);
  }
  EXPECT_EQ(tasks, 2 * 8);
  EXPECT_EQ(steps, 2);
}

}  // namespace
}  // namespace hir
