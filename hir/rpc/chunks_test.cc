#include "hir/rpc/chunks.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace hir {
namespace {

class ChunkRoundTrip : public ::testing::TestWithParam<size_t> {};

TEST_P(ChunkRoundTrip, GivesTheMessageBack) {
  std::string message(GetParam(), 'x');
  if (!message.empty()) message.back() = 'y';
  const auto chunks = SplitIntoChunks(message);
  ASSERT_TRUE(chunks.ok());
  ChunkJoiner joiner;
  for (size_t i = 0; i < chunks->size(); ++i) {
    EXPECT_LE((*chunks)[i].data().size(), kMaxChunkBytes);
    const auto whole = joiner.Add((*chunks)[i]);
    ASSERT_TRUE(whole.ok());
    EXPECT_EQ(*whole, i + 1 == chunks->size());
  }
  EXPECT_FALSE(joiner.pending());
  EXPECT_EQ(joiner.Take(), message);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ChunkRoundTrip,
                         ::testing::Values(0, 1, kMaxChunkBytes - 1, kMaxChunkBytes,
                                           kMaxChunkBytes + 1, 3 * kMaxChunkBytes));

// Where the bytes lie tells whether they were copied.
TEST(Chunks, MoveAMessageThatFitsIntoOneChunk) {
  std::string message(kMaxChunkBytes, 'x');
  const char* const bytes = message.data();
  auto chunks = SplitIntoChunks(std::move(message));
  ASSERT_TRUE(chunks.ok());
  EXPECT_EQ(chunks->at(0).data().data(), bytes);
  ChunkJoiner joiner;
  ASSERT_TRUE(joiner.Add(std::move(chunks->at(0))).ok());
  EXPECT_EQ(joiner.Take().data(), bytes);
}

TEST(SplitIntoChunks, RefusesMoreThan64MiB) {
  EXPECT_TRUE(SplitIntoChunks(std::string(kMaxMessageBytes, 'x')).ok());
  EXPECT_EQ(SplitIntoChunks(std::string(kMaxMessageBytes + 1, 'x')).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ChunkJoiner, JoinsSeveralMessagesInTurn) {
  ChunkJoiner joiner;
  for (const std::string message : {"one", "two"}) {
    common::v1::Chunk chunk;
    chunk.set_data(message);
    chunk.set_last(true);
    EXPECT_TRUE(*joiner.Add(chunk));
    EXPECT_EQ(joiner.Take(), message);
  }
}

TEST(ChunkJoiner, KnowsAnUnfinishedMessage) {
  ChunkJoiner joiner;
  common::v1::Chunk chunk;
  chunk.set_data("half");
  EXPECT_FALSE(*joiner.Add(chunk));
  EXPECT_TRUE(joiner.pending());
}

TEST(ChunkJoiner, CountsWhatIsUnfinishedUntilTheMessageIsTaken) {
  Quota quota("bytes of unfinished messages", {.in_all = 10, .per_caller = 10});
  common::v1::Chunk chunk;
  chunk.set_data("1234");
  ChunkJoiner joiner(Quota::Share(quota, "a"));
  ASSERT_TRUE(joiner.Add(chunk).ok());
  ASSERT_TRUE(joiner.Add(chunk).ok());
  EXPECT_EQ(quota.held(), 8);
  {
    ChunkJoiner other(Quota::Share(quota, "b"));
    EXPECT_EQ(other.Add(chunk).status().code(), absl::StatusCode::kResourceExhausted);
    chunk.set_last(true);
    EXPECT_TRUE(other.Add(chunk).ok());  // A message of one chunk never counts as unfinished.
  }
  ASSERT_TRUE(joiner.Add(chunk).ok());
  EXPECT_EQ(quota.held(), 8);
  EXPECT_EQ(joiner.size(), 12u);
  chunk.set_last(false);
  EXPECT_EQ(joiner.Take(), "123412341234");
  EXPECT_EQ(quota.held(), 0);
  {
    ChunkJoiner abandoned(Quota::Share(quota, "a"));
    ASSERT_TRUE(abandoned.Add(chunk).ok());
    EXPECT_EQ(quota.held(), 4);
  }
  EXPECT_EQ(quota.held(), 0);
}

TEST(ChunkJoiner, RefusesAChunkAboveOneMiB) {
  ChunkJoiner joiner;
  common::v1::Chunk chunk;
  chunk.set_data(std::string(kMaxChunkBytes + 1, 'x'));
  EXPECT_FALSE(joiner.Add(chunk).ok());
}

TEST(ChunkJoiner, RefusesAMessageAbove64MiB) {
  ChunkJoiner joiner;
  common::v1::Chunk chunk;
  chunk.set_data(std::string(kMaxChunkBytes, 'x'));
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(joiner.Add(chunk).ok());
  EXPECT_FALSE(joiner.Add(chunk).ok());
}

}  // namespace
}  // namespace hir
