#include "hir/supervisor/rollout_workers.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/supervisor/gpus.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Refusal(const RolloutWorkers& workers) {
  const absl::Status status = Validate(workers);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(RolloutWorkers, AreAtLeastOneAndAtMostThoseThatReplayRemembers) {
  EXPECT_TRUE(Validate({}).ok());
  EXPECT_TRUE(Validate({.count = 8}).ok());
  EXPECT_THAT(Refusal({.count = 0}), HasSubstr("--workers is 0; it must be 1 to 256"));
  EXPECT_THAT(Refusal({.count = -3}), HasSubstr("--workers is -3"));
  EXPECT_TRUE(Validate({.count = 256}).ok());
  EXPECT_THAT(Refusal({.count = 257}), HasSubstr("--workers is 257"));
}

TEST(RolloutWorkers, HaveOneServerEach) {
  EXPECT_TRUE(Validate({.count = 2, .engine_urls = {"http://a:1", "http://b:1"}}).ok());
  EXPECT_THAT(Refusal({.count = 3, .engine_urls = {"http://a:1", "http://b:1"}}),
              HasSubstr("--workers is 3 but --engine-url has 2 servers"));
  EXPECT_THAT(Refusal({.count = 2, .engine_urls = {"http://a:1", "HTTP://A:1/"}}),
              HasSubstr("has http://a:1 twice"));
  EXPECT_THAT(Refusal({.count = 1, .engine_urls = {"a:8000"}}), HasSubstr("\"a:8000\" is not"));
  EXPECT_THAT(Refusal({.weights_folder = "/w"}), HasSubstr("--weights-folder is for"));
  EXPECT_THAT(Refusal({.engine_api_key_file = "/k"}), HasSubstr("--engine-api-key-file is for"));
}

TEST(RolloutWorkers, ShowTheServersAKeyThatIsReadableWhenTheyStart) {
  ScratchFolder folder;
  const std::string key = folder.path() + "/key";
  const RolloutWorkers workers = {.engine_urls = {"http://a:1"}, .engine_api_key_file = key};
  EXPECT_TRUE(absl::IsNotFound(Validate(workers)));
  ASSERT_TRUE(WriteFileAtomically(key, "").ok());
  EXPECT_THAT(Refusal(workers), HasSubstr(key + " is empty"));
  ASSERT_TRUE(WriteFileAtomically(key, "sesame\n").ok());
  EXPECT_TRUE(Validate(workers).ok());
  EXPECT_THAT(PlaceWorkers(workers, {}, "/run")[0].flags, Contains("--engine-api-key-file=" + key));
}

std::vector<std::string> Gpus(const RolloutWorkers& workers, std::vector<std::string> gpus) {
  std::vector<std::string> seen;
  for (const PlacedWorker& worker : PlaceWorkers(workers, gpus, "/run")) seen.push_back(worker.gpu);
  return seen;
}

TEST(PlaceWorkers, SpreadsThemOverTheGpus) {
  EXPECT_THAT(Gpus({.count = 2}, {"4", "5", "6"}), ElementsAre("4", "5"));
  EXPECT_THAT(Gpus({.count = 3}, {"0", "1"}), ElementsAre("0", "1", "0"));
  EXPECT_THAT(Gpus({.count = 2}, {}), ElementsAre("", ""));
}

TEST(PlaceWorkers, LeavesTheGpusToOneThatIsAloneAndToVllm) {
  EXPECT_THAT(Gpus({.count = 1}, {"0", "1"}), ElementsAre(""));
  EXPECT_THAT(Gpus({.count = 2, .engine_urls = {"http://a:1", "http://a:2"}}, {"0", "1"}),
              ElementsAre("", ""));
}

std::vector<std::string> FlagsOf(const RolloutWorkers& workers, std::vector<std::string> gpus) {
  std::vector<std::string> flags;
  for (const PlacedWorker& worker : PlaceWorkers(workers, gpus, "/run")) {
    flags.insert(flags.end(), worker.flags.begin(), worker.flags.end());
  }
  return flags;
}

TEST(PlaceWorkers, LetsThoseOfOneMachineOrGpuDivideTheirCache) {
  EXPECT_THAT(FlagsOf({.count = 1}, {}), IsEmpty());
  EXPECT_THAT(FlagsOf({.count = 2}, {}), ElementsAre("--cache-sharers=2", "--cache-sharers=2"));
  EXPECT_THAT(FlagsOf({.count = 3}, {"0", "1"}),
              ElementsAre("--cache-sharers=2", "--cache-sharers=1", "--cache-sharers=2"));
}

TEST(PlaceWorkers, NamesEachAndGivesItAFolderForWeights) {
  RolloutWorkers workers = {.count = 2, .engine_urls = {"http://a:1", "http://a:2"}};
  const std::vector<PlacedWorker> placed = PlaceWorkers(workers, {}, "/run");
  EXPECT_EQ(placed[0].key, "rollout");
  EXPECT_EQ(placed[0].name, "hir-rollout");
  EXPECT_THAT(placed[0].flags, ElementsAre("--engine=vllm", "--engine-url=http://a:1",
                                           "--weights-folder=/run/weights/rollout"));
  EXPECT_EQ(placed[1].key, "rollout-1");
  EXPECT_EQ(placed[1].name, "hir-rollout-1");
  EXPECT_THAT(placed[1].flags, ElementsAre("--engine=vllm", "--engine-url=http://a:2",
                                           "--weights-folder=/run/weights/rollout-1"));
  workers.weights_folder = "/shared/";
  EXPECT_EQ(PlaceWorkers(workers, {}, "/run")[1].flags[2], "--weights-folder=/shared/rollout-1");
  EXPECT_THAT(PlaceWorkers({}, {}, "/run")[0].flags, IsEmpty());
}

TEST(VisibleGpus, AreThoseOfTheVariableOrElseAll) {
  EXPECT_THAT(VisibleGpus(nullptr, 2), ElementsAre("0", "1"));
  EXPECT_THAT(VisibleGpus(nullptr, 0), IsEmpty());
  EXPECT_THAT(VisibleGpus("1, 0", 2), ElementsAre("1", "0"));
  EXPECT_THAT(VisibleGpus("GPU-8932f937,MIG-1", 2), ElementsAre("GPU-8932f937", "MIG-1"));
  EXPECT_THAT(VisibleGpus("", 2), IsEmpty());
  EXPECT_THAT(VisibleGpus("1,-1,0", 2), ElementsAre("1"));
  EXPECT_THAT(VisibleGpus("0,7,1", 2), ElementsAre("0"));
}

}  // namespace
}  // namespace hir
