#include "hir/openai/chat_content.h"

#include <string>

#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;
using rollout::v1::GenerateResponse;

const std::string kText = "<think>\nTwo < three?\n</think>\n\nYes.</think> No";

json Whole(const std::string& text, const std::string& mark) {
  GenerateResponse response;
  response.set_text(text);
  response.set_reasoning_end(mark);
  json message;
  AddContent(response, message);
  return message;
}

TEST(ChatContent, TellsReasoningAndAnswerApart) {
  EXPECT_EQ(Whole(kText, "</think>"),
            json({{"reasoning_content", "Two < three?\n"}, {"content", "Yes.</think> No"}}));
  // The template opened it.
  EXPECT_EQ(Whole("Two</think>Yes", "</think>"),
            json({{"reasoning_content", "Two"}, {"content", "Yes"}}));
  EXPECT_EQ(Whole("<think>Two", "</think>"), json({{"reasoning_content", "Two"}, {"content", ""}}));
  EXPECT_EQ(Whole(kText, ""), json({{"content", kText}}));
}

// Streams `text` in pieces of `size` bytes and joins the deltas to one message.
json Streamed(const std::string& text, const std::string& mark, size_t size) {
  StreamedContent content;
  json message = json::object();
  const auto add = [&](const std::string& delta, bool done) {
    for (const uint32_t sample : {1, 0}) {  // Two at once; only one is checked.
      GenerateResponse response;
      response.set_sample(sample);
      response.set_delta(sample == 0 ? delta : "x");
      response.set_done(done);
      response.set_reasoning_end(mark);
      json shown = json::object();
      content.Add(response, shown);
      for (const auto& [name, value] : shown.items()) {
        if (sample == 0) message[name] = message.value(name, "") + value.get<std::string>();
      }
    }
  };
  for (size_t at = 0; at < text.size(); at += size) add(text.substr(at, size), false);
  add("", true);
  return message;
}

TEST(ChatContent, AStreamGivesTheSame) {
  for (size_t size = 1; size <= kText.size(); ++size) {
    EXPECT_EQ(Streamed(kText, "</think>", size), Whole(kText, "</think>")) << size;
    EXPECT_EQ(Streamed(kText, "", size), Whole(kText, "")) << size;
  }
  EXPECT_EQ(Streamed("Two </thin", "</think>", 3), json({{"reasoning_content", "Two </thin"}}));
}

}  // namespace
}  // namespace hir
