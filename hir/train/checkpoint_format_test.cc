// Checkpoints as they were written: the present format is read from committed files, every other
// one is refused by its number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hir/base/file.h"
#include "hir/model/packer.h"
#include "hir/train/checkpoints.h"
#include "hir/train/flat_model.h"
#include "hir/train/training_state.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kFixtures[] = HIR_SOURCE_DIR "/tests/fixtures/checkpoint/";

// That of the committed checkpoints.
Architecture Tiny() {
  Architecture architecture;
  architecture.vocab_size = 10;
  architecture.hidden_size = 4;
  architecture.layers = 1;
  architecture.heads = 2;
  architecture.kv_heads = 1;
  architecture.head_dim = 2;
  architecture.intermediate_size = 6;
  architecture.max_position = 64;
  architecture.tie_embeddings = true;
  return architecture;
}

class CheckpointFormat : public testing::Test {
 protected:
  CheckpointFormat() {
    char folder[] = "/tmp/hir_checkpoint_format_XXXXXX";
    run_dir_ = mkdtemp(folder);
  }
  ~CheckpointFormat() override { fs::remove_all(run_dir_); }

  // The refusal of a checkpoint of format 1 whose record says `format` instead.
  std::string RefusalOf(const std::string& format) {
    fs::copy(absl::StrCat(kFixtures, "format_1"), run_dir_, fs::copy_options::recursive);
    const std::string path = absl::StrCat(Folder(), "/trainer/trainer_state.json");
    const std::string record = absl::StrReplaceAll(
        *ReadFile(path),
        {{"\"incarnation\"", absl::StrCat("\"format\": ", format, ",\n \"incarnation\"")}});
    EXPECT_TRUE(WriteFileAtomically(path, record).ok());
    const absl::Status status = Checkpoints(run_dir_, 2).FindNewest("run.1").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    return std::string(status.message());
  }

  std::string Folder() const { return run_dir_ + "/checkpoints/global_step_3"; }

  std::string run_dir_;
};

// Written before records had a number.
TEST_F(CheckpointFormat, OneIsReadWhole) {
  const auto found = Checkpoints(absl::StrCat(kFixtures, "format_1"), 2).FindNewest("run.1");
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  const CheckpointRecord& record = (*found)->record;
  EXPECT_EQ(record.step, 3);
  EXPECT_EQ(record.incarnation, 2u);
  EXPECT_EQ(record.batch_digest, "d3");

  FlatModel model(Tiny(), RandomWeights(Tiny(), 1), at::kFloat);
  AdamWState optimizer(model.master());
  ASSERT_EQ(LoadTrainingState((*found)->folder, model, optimizer), absl::OkStatus());
  model.RefreshCompute();
  EXPECT_EQ(absl::BytesToHexString(*ServedDigest(model.compute())), record.weights_digest);
  EXPECT_TRUE(at::equal(optimizer.first_moment, model.master() * 0.5));
  EXPECT_TRUE(at::equal(optimizer.second_moment, model.master() * model.master()));
  EXPECT_EQ(optimizer.updates, 6);
}

TEST_F(CheckpointFormat, ANewCheckpointHasTheNumberThatIsRead) {
  ASSERT_TRUE(WriteFileAtomically(Folder() + "/trainer/trainer_state.safetensors", "").ok());
  ASSERT_TRUE(WriteCheckpointRecord(Folder(), {.step = 3, .run = "run.1"}).ok());
  EXPECT_THAT(*ReadFile(Folder() + "/trainer/trainer_state.json"), HasSubstr("\"format\": 1"));
  EXPECT_TRUE(ReadWholeCheckpoint(Folder()).ok());
}

TEST_F(CheckpointFormat, ZeroIsRefusedByItsNumber) {
  const std::string run_dir = absl::StrCat(kFixtures, "format_0");
  const absl::Status status = Checkpoints(run_dir, 2).FindNewest("run.1").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              StartsWith(absl::StrCat(run_dir, "/checkpoints/global_step_3 ")));
  EXPECT_THAT(status.message(), HasSubstr("earlier version of HiR, in checkpoint format 0"));
  EXPECT_THAT(status.message(), HasSubstr("this one reads format 1: go on with that version"));
}

TEST_F(CheckpointFormat, ANewerOneIsRefusedByItsNumber) {
  EXPECT_THAT(RefusalOf("2"), HasSubstr("a later version of HiR, in checkpoint format 2"));
  EXPECT_TRUE(fs::exists(Folder() + "/model.safetensors"));
}

TEST_F(CheckpointFormat, ANumberThatIsNotOneIsRefusedAsItIsWritten) {
  EXPECT_THAT(RefusalOf("\"new\""), HasSubstr("checkpoint format \"new\""));
}

}  // namespace
}  // namespace hir
