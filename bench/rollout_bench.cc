// Decoding speed by llama.cpp's protocol: one prompt of 64 tokens shared by all sequences, then 64
// decode steps of all of them. The prompt's computation is not measured. The last line of the
// output is a JSON object.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/engine/engine.h"
#include "hir/generate/local_engine.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(std::string, model, "", "Hugging Face model folder");
ABSL_FLAG(std::string, dtype, "bf16", "bf16 or f32");
ABSL_FLAG(int, sequences, 48, "decoded together");
ABSL_FLAG(int, steps, 64, "decode steps that are timed");
ABSL_FLAG(int, prompt_tokens, 64, "length of the shared prompt");
ABSL_FLAG(int, threads, 2, "compute threads");
ABSL_FLAG(int, repetitions, 3, "of which the median is reported");

namespace hir {
namespace {

struct Times {
  double prefill_seconds;
  double decode_seconds;
};

absl::StatusOr<Times> Measure(LocalEngine& engine, uint64_t key) {
  GenerationRequest request;
  request.key = key;
  for (int i = 0; i < absl::GetFlag(FLAGS_prompt_tokens); ++i) {
    request.prompt.push_back(100 + 37 * i % 30000);
  }
  for (int i = 0; i < absl::GetFlag(FLAGS_sequences); ++i) request.samples.push_back(i);
  // The first step computes the prompt and the first two tokens; no sequence may end before the
  // last step.
  request.settings.max_response_tokens = absl::GetFlag(FLAGS_steps) + 3;
  int64_t drawn = 0;
  request.on_token = [&drawn](uint32_t, const ScoredToken&) {
    ++drawn;
    return false;  // The response continues.
  };
  request.on_done = [](uint32_t, const absl::StatusOr<FinishedResponse>&) {};
  HIR_ASSIGN_OR_RETURN(const uint64_t id, engine.Submit(std::move(request)));
  const absl::Time begin = absl::Now();
  engine.Step();
  const int64_t drawn_before = drawn;
  const absl::Time decoding = absl::Now();
  for (int i = 0; i < absl::GetFlag(FLAGS_steps); ++i) engine.Step();
  const absl::Time end = absl::Now();
  const int64_t due = int64_t{absl::GetFlag(FLAGS_sequences)} * absl::GetFlag(FLAGS_steps);
  if (drawn - drawn_before != due) {
    return absl::InternalError(
        absl::StrCat("the timed steps drew ", drawn - drawn_before, " tokens, not ", due));
  }
  engine.Cancel(id);
  while (engine.Step()) {
  }
  return Times{absl::ToDoubleSeconds(decoding - begin), absl::ToDoubleSeconds(end - decoding)};
}

absl::Status Run() {
  const std::optional<Dtype> dtype = FromWord<Dtype>(absl::GetFlag(FLAGS_dtype));
  if (!dtype.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("--dtype must be one of ", AllWords<Dtype>()));
  }
  const EngineOptions options = {.dtype = *dtype,
                                 .device = DeviceChoice::kCpu,
                                 .max_running_sequences = absl::GetFlag(FLAGS_sequences),
                                 .threads = absl::GetFlag(FLAGS_threads)};
  HIR_ASSIGN_OR_RETURN(auto engine,
                       LocalEngine::Open(absl::GetFlag(FLAGS_model), "bench", options));
  HIR_RETURN_IF_ERROR(Measure(*engine, 0).status());  // Warms up.
  std::vector<double> rates;
  double prefill_seconds = 0;
  for (int i = 0; i < absl::GetFlag(FLAGS_repetitions); ++i) {
    HIR_ASSIGN_OR_RETURN(const Times times, Measure(*engine, i + 1));
    rates.push_back(absl::GetFlag(FLAGS_sequences) * absl::GetFlag(FLAGS_steps) /
                    times.decode_seconds);
    prefill_seconds = times.prefill_seconds;
  }
  std::sort(rates.begin(), rates.end());
  const nlohmann::json result = {{"decode_tokens_per_second", rates[rates.size() / 2]},
                                 {"best_tokens_per_second", rates.back()},
                                 {"first_step_seconds", prefill_seconds},
                                 {"sequences", absl::GetFlag(FLAGS_sequences)},
                                 {"dtype", WordOf(options.dtype)},
                                 {"threads", options.threads}};
  std::cout << result.dump() << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = hir::Run();
  if (!status.ok()) std::cerr << "rollout_bench: " << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
