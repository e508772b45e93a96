#include "hir/supervisor/services.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/supervisor/local_ring.h"
#include "hir/testing/scratch_folder.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

bool Never() { return false; }

TEST(RingService, ListensWhereItIsToldAndWaitsPassively) {
  const SupervisedService service = RingService(
      {.bin_dir = "/bin", .log_dir = "/log", .port = 5001, .metrics_port = 9001, .threads = 2},
      "hir-verifier", {"--replay", "127.0.0.1:5000"});
  EXPECT_THAT(service.process.argv,
              ElementsAre("/bin/hir-verifier", "--listen", "127.0.0.1:5001", "--drain-seconds=4",
                          "--metrics-listen", "127.0.0.1:9001", "--replay", "127.0.0.1:5000"));
  EXPECT_THAT(service.process.environment, Contains(Pair("OMP_WAIT_POLICY", "passive")));
  EXPECT_THAT(service.process.environment, Contains(Pair("OMP_NUM_THREADS", "2")));
  EXPECT_EQ(service.process.log_path, "/log/hir-verifier.log");
}

TEST(PrivateRedis, RunsOnItsSocketWithAnAppendOnlyFile) {
  ScratchFolder folder;
  const std::string socket = folder.Path("redis.sock");
  EXPECT_FALSE(PingRedis(socket).ok());
  Supervisor supervisor({});
  const absl::Status started =
      supervisor.Start(PrivateRedis(folder.path(), socket, folder.path()), Never);
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_TRUE(PingRedis(socket).ok());
  EXPECT_TRUE(std::filesystem::exists(folder.Path("appendonlydir")));
  supervisor.Stop();
  EXPECT_FALSE(PingRedis(socket).ok());
}

TEST(PrivateRedis, WritesBeforeItAnswers) {
  EXPECT_THAT(absl::StrJoin(PrivateRedis("/dir", "/dir/s", "/log").process.argv, " "),
              HasSubstr("--appendonly yes --appendfsync always"));
}

TEST(LocalRing, RecordsItsAddressesInTheRunsFolder) {
  ScratchFolder folder;
  const auto ring = LocalRing::Create({.bin_dir = "/nowhere", .run_dir = folder.Path("run")});
  ASSERT_TRUE(ring.ok()) << ring.status();
  const auto record = nlohmann::json::parse(*ReadFile(folder.Path("run/services.json")));
  EXPECT_EQ(record["replay"]["address"], (*ring)->addresses().replay);
  EXPECT_EQ(record.size(), 4u);
}

TEST(LocalRing, MakesAFolderForTheWeightsOfEachVllmServer) {
  ScratchFolder folder;
  const RolloutWorkers workers = {.count = 2, .engine_urls = {"http://a:1", "http://b:1"}};
  const auto ring =
      LocalRing::Create({.bin_dir = "/nowhere", .run_dir = folder.Path("run"), .workers = workers});
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_EQ((*ring)->addresses().rollouts.size(), 2u);
  EXPECT_TRUE(std::filesystem::is_directory(folder.Path("run/weights/rollout")));
  EXPECT_TRUE(std::filesystem::is_directory(folder.Path("run/weights/rollout-1")));
  EXPECT_EQ(AddressesOfLocalRing(folder.Path("run")).at("rollout-1"),
            (*ring)->addresses().rollouts[1]);
}

TEST(LocalRing, StartsRedisEvenInAFolderWithALongName) {
  ScratchFolder folder;
  const auto ring =
      LocalRing::Create({.bin_dir = "/nowhere", .run_dir = folder.Path(std::string(120, 'x'))});
  ASSERT_TRUE(ring.ok()) << ring.status();
  const absl::Status status = (*ring)->StartLedger(Never);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/hir-replay"));
}

}  // namespace
}  // namespace hir
