#include "hir/vllm/event_stream.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;

class EventStreamTest : public testing::Test {
 protected:
  absl::Status Push(std::string_view bytes) {
    return stream_.Push(bytes, [this](std::string_view event) {
      events_.emplace_back(event);
      return event == "bad" ? absl::InternalError("bad") : absl::OkStatus();
    });
  }

  EventStream stream_;
  std::vector<std::string> events_;
};

TEST_F(EventStreamTest, FindsTheEventsWhereverTheBytesAreCut) {
  const std::string bytes =
      "data: {\"a\": 1}\n\ndata:two\r\n\r\n: a comment\nid: 3\ndata: [DONE]\n\n";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    events_.clear();
    stream_ = EventStream();
    ASSERT_TRUE(Push(bytes.substr(0, cut)).ok());
    ASSERT_TRUE(Push(bytes.substr(cut)).ok());
    EXPECT_THAT(events_, ElementsAre("{\"a\": 1}", "two")) << cut;
    EXPECT_TRUE(stream_.done());
  }
}

TEST_F(EventStreamTest, IsNotDoneBeforeTheServiceSaysSo) {
  ASSERT_TRUE(Push("data: 1\n\n").ok());
  EXPECT_FALSE(stream_.done());
}

TEST_F(EventStreamTest, EndsWithTheFirstErrorOfAnEvent) {
  EXPECT_EQ(Push("data: good\ndata: bad\ndata: late\n").code(), absl::StatusCode::kInternal);
  EXPECT_THAT(events_, ElementsAre("good", "bad"));
}

TEST_F(EventStreamTest, RefusesALineThatNeverEnds) {
  ASSERT_TRUE(Push("data: ").ok());
  EXPECT_EQ(Push(std::string(kMaxEventBytes, 'x')).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hir
