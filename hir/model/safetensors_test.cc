#include "hir/model/safetensors.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

class SafetensorsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/hir_model_XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    path_ = folder_ + "/model.safetensors";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Writes a file of `header`, unchanged, followed by `data`.
  void WriteRaw(const std::string& header, const std::string& data) {
    const uint64_t length = header.size();
    const std::string prefix(reinterpret_cast<const char*>(&length), sizeof(length));
    ASSERT_TRUE(WriteFileAtomically(path_, prefix + header + data).ok());
  }

  void ExpectOpenError(const std::string& what) {
    const absl::Status status = SafetensorsFile::Open(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path_), HasSubstr(what)));
  }

  std::string folder_;
  std::string path_;
  NamedTensors tensors_ = {{"a", at::arange(6, at::kFloat).view({2, 3})},
                           {"b", at::arange(5, at::kFloat).to(at::kBFloat16)},
                           {"c", at::ones({1}, at::kHalf)}};
};

TEST_F(SafetensorsTest, WrittenTensorsReadBackEqual) {
  ASSERT_TRUE(WriteSafetensors(path_, tensors_).ok());
  const auto file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->tensors(), ElementsAre(Key("a"), Key("b"), Key("c")));
  for (const auto& [name, tensor] : tensors_) {
    const auto read = ReadTensor(*file, name, tensor.sizes(), tensor.scalar_type());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(at::equal(*read, tensor)) << name;
  }
}

TEST_F(SafetensorsTest, ReadConvertsToTheTypeAskedFor) {
  ASSERT_TRUE(WriteSafetensors(path_, tensors_).ok());
  const auto read = ReadTensor(*SafetensorsFile::Open(path_), "b", {5}, at::kFloat);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->scalar_type(), at::kFloat);
  EXPECT_EQ((*read)[4].item<float>(), 4.0f);
}

TEST_F(SafetensorsTest, NoTemporaryFileRemains) {
  ASSERT_TRUE(WriteSafetensors(path_, tensors_).ok());
  const auto entries = std::filesystem::directory_iterator(folder_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(SafetensorsTest, FolderAboveTheShardSizeIsSplitAndReadsBackEqual) {
  ASSERT_TRUE(WriteSafetensorsFolder(folder_, tensors_, 24).ok());
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/model-00001-of-00002.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(path_));
  const auto folder = SafetensorsFolder::Open(folder_);
  ASSERT_TRUE(folder.ok()) << folder.status();
  for (const auto& [name, tensor] : tensors_) {
    const auto read =
        ReadTensor(**folder->FileOf(name), name, tensor.sizes(), tensor.scalar_type());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(at::equal(*read, tensor)) << name;
  }
}

TEST_F(SafetensorsTest, TypesOtherThanFloatsAreNotWritten) {
  const absl::Status status = WriteSafetensors(path_, {{"ids", at::zeros({2}, at::kLong)}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("ids"));
}

TEST_F(SafetensorsTest, UnwritableFolderIsReported) {
  const std::string path = folder_ + "/none/model.safetensors";
  const absl::Status status = WriteSafetensors(path, tensors_);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST_F(SafetensorsTest, AbsentFileIsNotFound) {
  EXPECT_EQ(SafetensorsFile::Open(path_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SafetensorsTest, TruncatedDataNamesTheTensor) {
  ASSERT_TRUE(WriteSafetensors(path_, tensors_).ok());
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 1);
  ExpectOpenError("tensor c ends at byte");
}

TEST_F(SafetensorsTest, TruncatedHeaderIsReported) {
  ASSERT_TRUE(WriteSafetensors(path_, tensors_).ok());
  std::filesystem::resize_file(path_, 20);
  ExpectOpenError("exceeds the file of 20 bytes");
}

TEST_F(SafetensorsTest, FileShorterThanALengthIsReported) {
  ASSERT_TRUE(WriteFileAtomically(path_, "abc").ok());
  ExpectOpenError("too short");
}

TEST_F(SafetensorsTest, HeaderThatIsNoJsonIsReported) {
  WriteRaw("{nonsense", "");
  ExpectOpenError("not a JSON object");
}

TEST_F(SafetensorsTest, EntryWithoutOffsetsIsNamed) {
  WriteRaw(R"({"w":{"dtype":"F32","shape":[1]}})", "0000");
  ExpectOpenError("tensor w is malformed");
}

TEST_F(SafetensorsTest, ShapeThatOverflowsItsBytesIsNamed) {
  WriteRaw(R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})", "0000");
  ExpectOpenError("tensor w");
}

TEST_F(SafetensorsTest, ReversedOffsetsAreNamed) {
  WriteRaw(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "0000");
  ExpectOpenError("tensor w");
}

TEST_F(SafetensorsTest, WrongShapeNamesFileTensorAndBothShapes) {
  ASSERT_TRUE(WriteSafetensors(path_, tensors_).ok());
  const absl::Status status =
      ReadTensor(*SafetensorsFile::Open(path_), "a", {3, 2}, at::kFloat).status();
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path_), HasSubstr("tensor a"),
                                                   HasSubstr("[2, 3]"), HasSubstr("[3, 2]")));
}

TEST_F(SafetensorsTest, UnsupportedStoredTypeIsNamed) {
  WriteRaw(R"({"w":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})", "0000");
  const absl::Status status =
      ReadTensor(*SafetensorsFile::Open(path_), "w", {1}, at::kFloat).status();
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("tensor w"), HasSubstr("I32")));
}

TEST_F(SafetensorsTest, MissingShardIsNamed) {
  ASSERT_TRUE(WriteSafetensorsFolder(folder_, tensors_, 24).ok());
  std::filesystem::remove(folder_ + "/model-00002-of-00002.safetensors");
  const absl::Status status = SafetensorsFolder::Open(folder_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model-00002-of-00002.safetensors"));
}

TEST_F(SafetensorsTest, NumbersThatAreNotFiniteAreRefusedByTensorAndCount) {
  at::Tensor bad = at::zeros({3, 70});
  bad[1][69] = std::numeric_limits<float>::quiet_NaN();
  bad[2][0] = -std::numeric_limits<float>::infinity();
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
    ASSERT_TRUE(WriteSafetensors(path_, {{"good", at::ones({9})}, {"bad", bad.to(type)}}).ok());
    const auto file = SafetensorsFile::Open(path_);
    EXPECT_TRUE(ReadTensor(*file, "good", {9}, at::kFloat).ok());
    const absl::Status status = ReadTensor(*file, "bad", {3, 70}, at::kBFloat16).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(
        std::string(status.message()),
        AllOf(HasSubstr(path_), HasSubstr("tensor bad has 2 values"), HasSubstr("[1, 69]")));
  }
}

TEST_F(SafetensorsTest, NumbersThatOverflowTheTypeAskedForAreRefused) {
  ASSERT_TRUE(WriteSafetensors(path_, {{"big", at::full({1}, 1e6)}}).ok());
  const auto file = SafetensorsFile::Open(path_);
  EXPECT_TRUE(ReadTensor(*file, "big", {1}, at::kFloat).ok());
  EXPECT_THAT(std::string(ReadTensor(*file, "big", {1}, at::kHalf).status().message()),
              HasSubstr("tensor big has 1 value"));
}

TEST_F(SafetensorsTest, APipeIsRefusedWithoutWaiting) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  ExpectOpenError("FIFO");
}

TEST_F(SafetensorsTest, GapsOverlapsAndRepeatedNamesAreRefused) {
  const std::string entry = R"("w":{"dtype":"F32","shape":[1],"data_offsets":)";
  for (const std::string& header :
       {"{" + entry + "[4,8]}}", "{" + entry + "[0,4]}}",
        "{" + entry + "[0,4]}," + entry + "[4,8]}}",
        "{" + entry + R"([4,8]},"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"}) {
    WriteRaw(header, "00000000");
    ExpectOpenError("leave a gap");
  }
}

TEST_F(SafetensorsTest, ASingleFileStandsBeforeAnIndexThatWasLeftOver) {
  ASSERT_TRUE(
      WriteSafetensorsFolder(folder_, {{"a", at::zeros({6})}, {"b", at::zeros({6})}}, 24).ok());
  ASSERT_TRUE(WriteSafetensors(path_, {{"a", at::ones({6})}}).ok());
  for (const bool shards_there : {true, false}) {
    if (!shards_there) std::filesystem::remove(folder_ + "/model-00001-of-00002.safetensors");
    const auto folder = SafetensorsFolder::Open(folder_);
    ASSERT_TRUE(folder.ok()) << folder.status();
    EXPECT_THAT(folder->Names(), ElementsAre("a"));
    EXPECT_EQ((*folder->FileOf("a"))->path(), path_);
  }
}

TEST_F(SafetensorsTest, TensorThatItsShardLacksIsNamed) {
  ASSERT_TRUE(WriteSafetensorsFolder(folder_, tensors_, 24).ok());
  ASSERT_TRUE(WriteSafetensors(folder_ + "/model-00002-of-00002.safetensors", {tensors_[2]}).ok());
  EXPECT_THAT(std::string(SafetensorsFolder::Open(folder_).status().message()),
              AllOf(HasSubstr("tensor b"), HasSubstr("model-00002-of-00002.safetensors")));
}

TEST_F(SafetensorsTest, TensorInTwoShardsIsNamedWithBoth) {
  ASSERT_TRUE(WriteSafetensorsFolder(folder_, tensors_, 24).ok());
  ASSERT_TRUE(WriteSafetensors(folder_ + "/model-00002-of-00002.safetensors", tensors_).ok());
  EXPECT_THAT(std::string(SafetensorsFolder::Open(folder_).status().message()),
              AllOf(HasSubstr("tensor a"), HasSubstr("model-00001-of-00002.safetensors"),
                    HasSubstr("model-00002-of-00002.safetensors")));
}

TEST_F(SafetensorsTest, IndexThatLeavesTheFolderIsRefused) {
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/model.safetensors.index.json",
                                  R"({"weight_map":{"w":"../other.safetensors"}})")
                  .ok());
  EXPECT_EQ(SafetensorsFolder::Open(folder_).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
