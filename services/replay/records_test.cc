#include "services/replay/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "hir/domain/wire/instruction.h"
#include "hir/replay/v1/replay.pb.h"
#include "services/replay/sample_records.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A batch and a response as a run's ledger may hold them: runs outlive the program that began them.
constexpr char kStoredBatch[] =
    "0802120208031a3f0805100118012009280132010039000000000000f83f4202712749000000000000f03f52"
    "01765a02180262010169000000000000e03f71000000000000e03f22030a01072801";
constexpr char kStoredResponse[] =
    "0a9f01080112090a0372756e1005180120032a61120a7175657374696f6e20351a190a126b6579776f72"
    "64733a6578697374656e63651a036f6e651a190a126b6579776f7264733a6578697374656e63651a0374"
    "776f1a1b0a126b6579776f7264733a6578697374656e63651a05746872656520063201013a0364656642"
    "0c000000bf000000bf000000bf49000000000000e03f5a04746578746001720412021802120208011202"
    "0802120208031a0474657374";
// The same of a run begun when responses had the sum of their entropies too.
constexpr char kOlderResponse[] =
    "0aa801080112090a0372756e1005180120032a61120a7175657374696f6e20351a190a126b6579776f72"
    "64733a6578697374656e63651a036f6e651a190a126b6579776f7264733a6578697374656e63651a0374"
    "776f1a1b0a126b6579776f7264733a6578697374656e63651a05746872656520063201013a0364656642"
    "0c000000bf000000bf000000bf49000000000000e03f51000000000000f83f5a04746578746001720412"
    "0218021202080112020802120208031a0474657374";

replay::v1::FrozenBatch MakeBatch() {
  replay::v1::FrozenBatch batch;
  batch.set_schema_version(kBatchSchema);
  batch.set_mini_batches(1);
  batch.mutable_facts()->set_step(3);
  replay::v1::BatchRow& row = *batch.add_rows();
  row.set_task(5);
  row.set_sample(1);
  row.set_replayed(true);
  row.set_tokens(9);
  row.set_included(true);
  row.set_reward(1.0);
  row.set_verifier_build("v");
  row.add_weights()->set_version(2);
  row.add_kept_constraints(0);
  row.add_dropped_constraints(1);
  row.set_score(1.5);
  row.set_diversity_nats(0.5);
  row.set_integrity(0.5);
  row.set_rewritten_instruction("q'");
  batch.add_rewritten_prompts()->add_ids(7);
  return batch;
}

common::v1::ScoredResponse MakeResponse() {
  replay::v1::LeasedTask task;
  *task.mutable_task() = MakeTask(5, 3);
  task.add_prompt_token_ids(1);
  common::v1::ScoredResponse scored = MakeScored(task, 1, "pfu", 0.5);
  scored.mutable_response()->clear_sampling();
  scored.mutable_response()->set_text("text");  // No longer what its tokens make.
  scored.mutable_response()->mutable_versions(0)->mutable_weights()->clear_run();
  return scored;
}

TEST(ScoredResponses, HaveTheVotesAndWhatTheirConstraintsDependOn) {
  common::v1::ScoredResponse scored = MakeResponse();
  const Instruction instruction = FromProto(scored.response().instruction());
  EXPECT_TRUE(FromProto(scored, instruction).depends_on.empty());
  scored.mutable_verdicts(0)->set_votes_asked(3);
  scored.mutable_verdicts(0)->set_votes_yes(2);
  Instruction dependent = instruction;
  dependent.constraints[2].depends_on = {0};
  const ScoredResponse response = FromProto(scored, dependent);
  EXPECT_THAT(response.votes, ElementsAre(Votes{3, 2}, Votes{}, Votes{}));
  EXPECT_EQ(response.depends_on, (std::vector<std::vector<size_t>>{{}, {}, {0}}));
}

TEST(StoredRecords, OfThisSchemaKeepTheirBytes) {
  EXPECT_EQ(absl::BytesToHexString(MakeBatch().SerializeAsString()), kStoredBatch);
  EXPECT_EQ(absl::BytesToHexString(MakeResponse().SerializeAsString()), kStoredResponse);
}

TEST(StoredRecords, AreReadAsTheyWereWritten) {
  const auto batch =
      ParseStored<replay::v1::FrozenBatch>(absl::HexStringToBytes(kStoredBatch), "batch");
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->rows(0).reward(), 1.0);
  EXPECT_EQ(batch->rows(0).rewritten_instruction(), "q'");
  EXPECT_THAT(batch->rewritten_prompts(0).ids(), ElementsAre(7));
  for (const char* stored : {kStoredResponse, kOlderResponse}) {
    const auto scored =
        ParseStored<common::v1::ScoredResponse>(absl::HexStringToBytes(stored), "response");
    ASSERT_TRUE(scored.ok());
    EXPECT_EQ(scored->response().text(), "text");
    EXPECT_EQ(scored->response().token_ids_size(), 3);
  }
}

TEST(StoredRecords, ThatCannotBeReadAreNamed) {
  const auto broken = ParseStored<replay::v1::FrozenBatch>("\xff", "batch");
  EXPECT_EQ(broken.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(broken.status().message()), HasSubstr("stored batch"));
  const absl::Status older = CheckSchema(1, 2, "batch");
  EXPECT_EQ(older.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(older.message()), HasSubstr("has schema 1 but this hir-replay reads 2"));
}

}  // namespace
}  // namespace hir
