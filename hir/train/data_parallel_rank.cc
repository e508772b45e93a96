// One rank of the data-parallel test: makes an update over its rows of the tiny batch and writes
// the gradients that the optimizer received to a file.
//   data_parallel_rank RANK SIZE MASTER OUTPUT [grouped | lora | poison]
// "grouped" trains with TinyGroupedConfig() instead of TinyParallelConfig(), "lora" trains
// adapters. "poison" puts a value that is not finite into a row of rank 1; the error is written to
// the file.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>

#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/collective/process_group.h"
#include "hir/train/policy_trainer.h"
#include "hir/train/tiny_batch.h"

namespace hir {
namespace {

absl::Status TrainOneRank(int rank, int size, const std::string& master, const std::string& output,
                          const std::string& option) {
  at::set_num_threads(1);  // Ranks of one machine must not wait for each other's threads.
  HIR_ASSIGN_OR_RETURN(auto group, JoinGlooGroup({.rank = rank, .size = size, .master = master}));
  const Architecture architecture = TinyArchitecture();
  const ModelWeights weights = RandomWeights(architecture, kTinyWeightsSeed);
  const bool poison = option == "poison";
  RunConfig config = option == "grouped" ? TinyGroupedConfig() : TinyParallelConfig();
  if (option == "lora") config.lora.rank = kTinyLoraRank;
  if (poison) config.objective.kl_coef = 0;  // Its sums would spread the value to every rank.
  PolicyTrainer trainer(config, architecture, weights, at::kFloat, std::move(group));
  TrainingBatch batch = UnevenShard(TinyMismatchedBatch(architecture), rank, size);
  if (poison && rank == 1) batch.samples[0].logprobs[0] = std::nanf("");
  const absl::Status trained = trainer.TrainStep(batch).status();
  if (poison) return WriteFileAtomically(output, std::string(trained.message()));
  HIR_RETURN_IF_ERROR(trained);
  const at::Tensor gradients = trainer.model().gradients().contiguous();
  return WriteFileAtomically(
      output, std::string(static_cast<const char*>(gradients.data_ptr()), gradients.nbytes()));
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) return 2;
  const absl::Status status = hir::TrainOneRank(std::atoi(argv[1]), std::atoi(argv[2]), argv[3],
                                                argv[4], argc == 6 ? argv[5] : "");
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
