// Measures tokens per second of forward and backward over one packed batch, and their memory.
//
//   train_forward MODEL_DIR [groups] [prompt] [responses] [response] [bf16|f32] [checkpoint 0|1]
#include <sys/resource.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "hir/base/freed_memory.h"
#include "hir/model/forward.h"
#include "hir/model/log_probs.h"
#include "hir/model/weights.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

struct Work {
  int64_t groups = 2;
  int64_t prompt = 55;
  int64_t responses = 6;
  int64_t response = 128;
  at::ScalarType dtype = at::kBFloat16;
  bool checkpoint = false;
};

struct Filled {
  PackedBatch batch;
  at::Tensor rows;     // Rows that predict a response token.
  at::Tensor targets;  // The tokens they predict.
};

Filled Fill(const Work& work, int64_t vocab_size) {
  std::vector<int32_t> tokens(std::max(work.prompt, work.response));
  for (size_t i = 0; i < tokens.size(); ++i) {
    tokens[i] = static_cast<int32_t>((i * i * 31 + 7) % vocab_size);
  }
  const absl::Span<const int32_t> all(tokens);
  PackedBatchBuilder builder;
  std::vector<int32_t> responses;
  for (int64_t g = 0; g < work.groups; ++g) {
    const int32_t prompt = builder.Add(all.subspan(0, work.prompt));
    for (int64_t r = 0; r < work.responses; ++r) {
      responses.push_back(builder.Add(all.subspan(0, work.response), prompt));
    }
  }
  Filled filled{builder.Build(), {}, {}};
  std::vector<at::Tensor> rows;
  std::vector<at::Tensor> targets;
  for (const int32_t segment : responses) {
    rows.push_back(PredictorRows(filled.batch, segment));
    targets.push_back(
        filled.batch.tokens.narrow(0, filled.batch.segments[segment].start, work.response));
  }
  filled.rows = at::cat(rows);
  filled.targets = at::cat(targets);
  return filled;
}

double Seconds(const std::chrono::steady_clock::time_point& since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

int Main(const std::string& folder, const Work& work) {
  const auto architecture = ReadArchitecture(folder);
  if (!architecture.ok()) return std::fputs(architecture.status().ToString().c_str(), stderr), 1;
  const auto loaded = LoadWeights(folder, *architecture, work.dtype);
  if (!loaded.ok()) return std::fputs(loaded.status().ToString().c_str(), stderr), 1;
  const ModelWeights weights = JoinProjections(*loaded).Transformed(
      [](const std::string&, const at::Tensor& t) { return t.detach().requires_grad_(true); });
  const Filled filled = Fill(work, architecture->vocab_size);
  const double tokens = static_cast<double>(filled.batch.tokens.size(0));
  for (int repetition = 0; repetition < 4; ++repetition) {
    const auto start = std::chrono::steady_clock::now();
    const at::Tensor hidden =
        Hidden(*architecture, weights, filled.batch, {.activation_checkpointing = work.checkpoint});
    const at::Tensor log_probs =
        TokenLogProbs(hidden.index_select(0, filled.rows), weights.head, filled.targets, 1.0);
    const double forward = Seconds(start);
    log_probs.mean().neg().backward();
    const double total = Seconds(start);
    for (const auto& [name, tensor] : weights.Named()) tensor.mutable_grad().reset();
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("tokens %.0f forward %.3f s both %.3f s: %.0f tokens/s, peak %.2f GiB, %.4f\n",
                tokens, forward, total, tokens / total,
                static_cast<double>(usage.ru_maxrss) / (1 << 20), log_probs.mean().item<double>());
  }
  return 0;
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) {
  hir::KeepFreedMemory();  // As hir-learner does.
  if (argc < 2) return std::fputs("train_forward MODEL_DIR [options]\n", stderr), 2;
  hir::Work work;
  if (argc > 2) work.groups = std::atoi(argv[2]);
  if (argc > 3) work.prompt = std::atoi(argv[3]);
  if (argc > 4) work.responses = std::atoi(argv[4]);
  if (argc > 5) work.response = std::atoi(argv[5]);
  if (argc > 6 && std::string(argv[6]) == "f32") work.dtype = at::kFloat;
  if (argc > 7) work.checkpoint = std::atoi(argv[7]) != 0;
  return hir::Main(argv[1], work);
}
