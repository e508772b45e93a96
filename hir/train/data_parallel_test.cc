// Data-parallel training as in production: each rank is a process, joined by gloo.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/testing/free_local_address.h"
#include "hir/train/policy_trainer.h"
#include "hir/train/tiny_batch.h"

namespace hir {
namespace {

class DataParallelTest : public ::testing::TestWithParam<int> {
 protected:
  DataParallelTest() {
    char name[] = "/tmp/hir_ranks_XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~DataParallelTest() override { std::filesystem::remove_all(folder_); }

  // Runs `size` processes and returns what each wrote: the gradients that its optimizer received,
  // as bytes.
  std::vector<std::string> RunRanks(int size, const std::string& option = "") const {
    const std::string master = FreeLocalAddress();
    std::vector<std::future<int>> ranks;
    const auto output = [&](int rank) { return absl::StrCat(folder_, "/", rank); };
    for (int rank = 0; rank < size; ++rank) {
      const std::string command = absl::StrCat(HIR_RANK_PROGRAM, " ", rank, " ", size, " ", master,
                                               " ", output(rank), " ", option);
      ranks.push_back(
          std::async(std::launch::async, [command] { return std::system(command.c_str()); }));
    }
    std::vector<std::string> gradients;
    for (int rank = 0; rank < size; ++rank) {
      EXPECT_EQ(ranks[rank].get(), 0) << "rank " << rank;
      gradients.push_back(ReadFile(output(rank)).value_or(""));
    }
    return gradients;
  }

  // `option` has the ranks train with `config`.
  void ExpectGradientsOfOneProcess(const RunConfig& config, const std::string& option = "") const {
    const Architecture architecture = TinyArchitecture();
    const ModelWeights weights = RandomWeights(architecture, kTinyWeightsSeed);
    PolicyTrainer trainer(config, architecture, weights, at::kFloat, MakeSingleProcessGroup());
    ASSERT_TRUE(trainer.TrainStep(TinyMismatchedBatch(architecture)).ok());
    const at::Tensor expected = trainer.model().gradients();

    std::vector<std::string> ranks = RunRanks(GetParam(), option);
    ASSERT_EQ(ranks[0].size(), expected.nbytes());
    const at::Tensor actual = at::from_blob(ranks[0].data(), expected.sizes(), at::kFloat);
    EXPECT_LE(((actual - expected).norm() / expected.norm()).item<double>(), 1e-5);
    for (const std::string& other : ranks) EXPECT_EQ(other, ranks[0]);
  }

  std::string folder_;
};

TEST_P(DataParallelTest, HasOneProcessGradientsFromUnevenShards) {
  ExpectGradientsOfOneProcess(TinyParallelConfig());
}

// A group's rows are on several ranks.
TEST_P(DataParallelTest, HasOneProcessGradientsOfGroupsThatAreSplit) {
  ExpectGradientsOfOneProcess(TinyGroupedConfig(), "grouped");
}

TEST_P(DataParallelTest, HasOneProcessGradientsOfAdapters) {
  RunConfig config = TinyParallelConfig();
  config.lora.rank = kTinyLoraRank;
  ExpectGradientsOfOneProcess(config, "lora");
}

// A rank that ended alone would leave the others waiting for it.
TEST_P(DataParallelTest, AllEndTogetherWhenOneMeetsALossThatIsNotFinite) {
  for (const std::string& said : RunRanks(GetParam(), "poison")) {
    EXPECT_THAT(said, ::testing::HasSubstr("the loss is nan"));
  }
}

INSTANTIATE_TEST_SUITE_P(Processes, DataParallelTest, ::testing::Values(2, 3));

}  // namespace
}  // namespace hir
