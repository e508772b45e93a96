#include "hir/vllm/weights_folder.h"

#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/model_folder/safetensors.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

PackedWeights Weights(size_t floats = 6) {
  PackedWeights weights;
  weights.tensors = {{"a", "F32", {static_cast<int64_t>(floats) - 2}}, {"b", "F32", {2, 1}}};
  for (size_t i = 0; i < 4 * floats; ++i) weights.bytes.push_back(static_cast<char>(i * 7));
  return weights;
}

WeightsId Version(int64_t version) { return {.incarnation = 2, .version = version}; }

std::set<std::string> NamesIn(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

// While it lives, no file of this process grows beyond `bytes`: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  sighandler_t handler_;
};

class WeightsFolderTest : public testing::Test {
 protected:
  WeightsFolderTest() {
    EXPECT_TRUE(WriteFileAtomically(model_ + "/config.json", "{\"the\": \"config\"}").ok());
  }

  absl::StatusOr<std::unique_ptr<WeightsFolder>> Open() {
    return WeightsFolder::Open(path_, model_);
  }

  ScratchFolder scratch_;
  const std::string model_ = scratch_.path() + "/model";
  const std::string path_ = scratch_.path() + "/weights";
};

TEST_F(WeightsFolderTest, WritesTheModelAndNothingElse) {
  const auto folder = *Open();
  const PackedWeights weights = Weights();
  const std::string written = folder->Write(Version(5), weights).value();
  EXPECT_EQ(written, path_ + "/weights-2.5");
  EXPECT_THAT(NamesIn(written), ElementsAre("config.json", "model.safetensors"));
  EXPECT_EQ(ReadFile(written + "/config.json").value(), "{\"the\": \"config\"}");
  const auto file = SafetensorsFile::Open(written + "/model.safetensors");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->tensors().at("a").bytes, weights.bytes.substr(0, 16));
  EXPECT_EQ((*file->Find("b", {2, 1}))->bytes, weights.bytes.substr(16));
}

TEST_F(WeightsFolderTest, KeepsOnlyTheVersionThatIsAskedFor) {
  const auto folder = *Open();
  ASSERT_TRUE(folder->Write(Version(5), Weights()).ok());
  const std::string newest = folder->Write(Version(6), Weights()).value();
  folder->RemoveOthers(newest);
  EXPECT_THAT(NamesIn(path_), UnorderedElementsAre(".lock", "weights-2.6"));
}

TEST_F(WeightsFolderTest, ReplacesAVersionOfTheSameName) {
  const auto folder = *Open();
  ASSERT_TRUE(folder->Write(Version(5), Weights()).ok());
  PackedWeights other = Weights();
  other.bytes[0] ^= 1;
  const std::string written = folder->Write(Version(5), other).value();
  const auto file = SafetensorsFile::Open(written + "/model.safetensors");
  EXPECT_EQ(file->tensors().at("a").bytes, other.bytes.substr(0, 16));
}

TEST_F(WeightsFolderTest, RemovesWhatAnEarlierWorkerLeftAndNoFilesOfOthers) {
  ASSERT_TRUE((*Open())->Write(Version(5), Weights()).ok());
  ASSERT_TRUE(WriteFileAtomically(path_ + "/.weights-2.6/model.safetensors", "half").ok());
  ASSERT_TRUE(WriteFileAtomically(path_ + "/notes.txt", "mine").ok());
  const auto folder = Open();
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_THAT(NamesIn(path_), UnorderedElementsAre(".lock", "notes.txt"));
}

TEST_F(WeightsFolderTest, IsRefusedWhereAnotherWorkerUsesIt) {
  const auto folder = Open();
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another worker uses it"));
}

TEST_F(WeightsFolderTest, IsRefusedWhereNothingCanBeWritten) {
  ASSERT_TRUE(WriteFileAtomically(path_, "a file").ok());
  for (const std::string& path : {path_, path_ + "/below", std::string("/proc/weights")}) {
    const absl::Status status = WeightsFolder::Open(path, model_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << path;
    EXPECT_THAT(std::string(status.message()), HasSubstr("--weights-folder " + path)) << status;
  }
}

TEST_F(WeightsFolderTest, LeavesNothingOfAVersionThatFillsTheDisk) {
  const auto folder = *Open();
  absl::StatusOr<std::string> written = absl::UnknownError("");
  {
    const FullDisk full(4096);
    written = folder->Write(Version(5), Weights(10000));
  }
  EXPECT_EQ(written.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(written.status().message()),
              testing::AllOf(HasSubstr("weights version 5 can't be put into --weights-folder"),
                             HasSubstr("make room there")));
  EXPECT_THAT(NamesIn(path_), ElementsAre(".lock"));
}

}  // namespace
}  // namespace hir
