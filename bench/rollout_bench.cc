// Speed of the engine, in one of three ways (--measure):
//   decode     tokens per second of --tokens decode steps of all sequences, which begin once every
//              prompt is computed: llama.cpp's protocol; also says where the time goes;
//   prefill    prompt tokens per second, from the requests to the first token of every response;
//   responses  tokens per second of whole responses of --tokens tokens, prompts included.
// The sequences share --prompts prompts of --prompt_tokens tokens. Fails if a token that should
// have been drawn was not. The last line of the output is a JSON object.
#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/bench_main.h"
#include "hir/base/status_macros.h"
#include "hir/engine/engine.h"
#include "hir/generate/local_engine.h"
#include "hir/generate/step_profile.h"
#include "hir/model_folder/architecture.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(std::string, model, "", "Hugging Face model folder");
ABSL_FLAG(std::string, dtype, "bf16", "bf16 or f32");
ABSL_FLAG(std::string, measure, "decode", "decode, prefill or responses");
ABSL_FLAG(int, prompts, 1, "different prompts");
ABSL_FLAG(int, prompt_tokens, 64, "length of each");
ABSL_FLAG(int, sequences, 48, "responses, spread evenly over the prompts");
ABSL_FLAG(int, tokens, 64, "decode steps that are timed, or the length of a response");
ABSL_FLAG(int, threads, 2, "compute threads");
ABSL_FLAG(int, repetitions, 3, "of which the median is reported");

namespace hir {
namespace {

// Tokens that a response may draw before the last of the others has begun.
constexpr int kHeadStart = 64;

// The requests of one repetition and what became of them. The engine is stepped by this thread.
class Work {
 public:
  // `number` makes the prompts differ from those of other repetitions, so that none is computed
  // already.
  Work(LocalEngine& engine, int number, int tokens_of_response)
      : engine_(engine), tokens_of_response_(tokens_of_response), number_(number) {}

  absl::Status Submit() {
    const int prompts = absl::GetFlag(FLAGS_prompts);
    for (int p = 0; p < prompts; ++p) {
      GenerationRequest request;
      request.key = number_ * prompts + p;
      for (int i = 0; i < absl::GetFlag(FLAGS_prompt_tokens); ++i) {
        request.prompt.push_back(100 + (37 * i + 1009 * request.key) % 30000);
      }
      for (int i = p; i < absl::GetFlag(FLAGS_sequences); i += prompts)
        request.samples.push_back(i);
      request.settings.max_response_tokens = tokens_of_response_;
      request.on_token = [this](uint32_t sample, const ScoredToken&) {
        ++drawn_;
        if (!begun_[sample]) ++begun_count_;
        begun_[sample] = true;
        return false;  // The response continues.
      };
      request.on_done = [this](uint32_t, const absl::StatusOr<FinishedResponse>& response) {
        ++ended_;
        if (!response.ok() && !absl::IsCancelled(response.status())) failure_ = response.status();
      };
      HIR_ASSIGN_OR_RETURN(const uint64_t id, engine_.Submit(std::move(request)));
      ids_.push_back(id);
    }
    return absl::OkStatus();
  }

  void StepUntilAllHaveBegun() {
    while (begun_count_ < sequences() && engine_.Step()) {
    }
  }
  void StepUntilAllHaveEnded() {
    while (ended_ < sequences() && engine_.Step()) {
    }
  }
  void Cancel() {
    for (const uint64_t id : ids_) engine_.Cancel(id);
    StepUntilAllHaveEnded();
  }

  // OK if `count` tokens were drawn since `before` and no response failed.
  absl::Status Check(int64_t before, int64_t count) const {
    HIR_RETURN_IF_ERROR(failure_);
    if (drawn_ - before == count) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("the timed steps drew ", drawn_ - before, " tokens, not ", count));
  }
  int64_t drawn() const { return drawn_; }

 private:
  static size_t sequences() { return absl::GetFlag(FLAGS_sequences); }

  LocalEngine& engine_;
  const int tokens_of_response_;
  const uint64_t number_;
  std::vector<uint64_t> ids_;
  std::vector<bool> begun_ = std::vector<bool>(sequences());
  size_t begun_count_ = 0;
  size_t ended_ = 0;
  int64_t drawn_ = 0;
  absl::Status failure_;
};

// Milliseconds per step by part. What the decoder did not spend is scheduling: admission, the next
// requests, callbacks. Null from a decoder that does not measure.
nlohmann::ordered_json MillisecondsPerStep(const StepProfile& before, const StepProfile& after,
                                           absl::Duration took) {
  const int64_t steps = after.steps - before.steps;
  if (steps == 0) return nullptr;
  const auto per_step = [steps](absl::Duration time) {
    return absl::ToDoubleMilliseconds(time) / static_cast<double>(steps);
  };
  const absl::Duration products = after.products - before.products;
  const absl::Duration attention = after.attention - before.attention;
  const absl::Duration small = after.small - before.small;
  const absl::Duration head = after.head - before.head;
  const absl::Duration sampler = after.sampler - before.sampler;
  return {{"products", per_step(products)},
          {"attention", per_step(attention)},
          {"small", per_step(small)},
          {"head", per_step(head)},
          {"sampler", per_step(sampler)},
          {"scheduling", per_step(took - products - attention - small - head - sampler)}};
}

// What a repetition found.
struct Measured {
  double tokens_per_second;
  nlohmann::ordered_json profile;  // Of decode steps, else null.
};

// Each of these makes one repetition.

absl::StatusOr<Measured> Decode(LocalEngine& engine, int number) {
  const int steps = absl::GetFlag(FLAGS_tokens);
  Work work(engine, number, steps + kHeadStart);
  HIR_RETURN_IF_ERROR(work.Submit());
  work.StepUntilAllHaveBegun();
  const int64_t drawn = work.drawn();
  const StepProfile before = engine.Profile();
  const absl::Time begin = absl::Now();
  for (int i = 0; i < steps; ++i) engine.Step();
  const absl::Duration took = absl::Now() - begin;
  const StepProfile after = engine.Profile();
  const int64_t due = int64_t{absl::GetFlag(FLAGS_sequences)} * steps;
  HIR_RETURN_IF_ERROR(work.Check(drawn, due));
  work.Cancel();
  return Measured{static_cast<double>(due) / absl::ToDoubleSeconds(took),
                  MillisecondsPerStep(before, after, took)};
}

absl::StatusOr<Measured> Prefill(LocalEngine& engine, int number) {
  Work work(engine, number, /*tokens_of_response=*/1);
  const absl::Time begin = absl::Now();
  HIR_RETURN_IF_ERROR(work.Submit());
  work.StepUntilAllHaveEnded();
  const absl::Duration took = absl::Now() - begin;
  HIR_RETURN_IF_ERROR(work.Check(0, absl::GetFlag(FLAGS_sequences)));
  const int64_t tokens = absl::GetFlag(FLAGS_prompts) * absl::GetFlag(FLAGS_prompt_tokens);
  return Measured{static_cast<double>(tokens) / absl::ToDoubleSeconds(took), nullptr};
}

absl::StatusOr<Measured> Responses(LocalEngine& engine, int number) {
  const int tokens = absl::GetFlag(FLAGS_tokens);
  Work work(engine, number, tokens);
  const absl::Time begin = absl::Now();
  HIR_RETURN_IF_ERROR(work.Submit());
  work.StepUntilAllHaveEnded();
  const absl::Duration took = absl::Now() - begin;
  const int64_t due = int64_t{absl::GetFlag(FLAGS_sequences)} * tokens;
  HIR_RETURN_IF_ERROR(work.Check(0, due));
  return Measured{static_cast<double>(due) / absl::ToDoubleSeconds(took), nullptr};
}

using Repetition = absl::StatusOr<Measured> (*)(LocalEngine& engine, int number);

absl::StatusOr<Repetition> WantedRepetition() {
  const std::string measure = absl::GetFlag(FLAGS_measure);
  if (measure == "decode") return Decode;
  if (measure == "prefill") return Prefill;
  if (measure == "responses") return Responses;
  return absl::InvalidArgumentError(
      absl::StrCat("--measure is \"", measure, "\"; use decode, prefill or responses"));
}

// Parameters that take part in the products of a decode step: all but the rows of an embedding of
// its own, of which a token reads one.
int64_t MultipliedParameters(const Architecture& a) {
  return ParameterCount(a) - (a.tie_embeddings ? 0 : a.vocab_size * a.hidden_size);
}

// Multiplications and additions with weights per token. Of a prompt, only the last token meets the
// head.
int64_t OperationsPerToken(const Architecture& a) {
  const bool prefill = absl::GetFlag(FLAGS_measure) == "prefill";
  return 2 * (MultipliedParameters(a) - (prefill ? a.vocab_size * a.hidden_size : 0));
}

absl::Status Run() {
  const std::optional<Dtype> dtype = FromWord<Dtype>(absl::GetFlag(FLAGS_dtype));
  if (!dtype.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("--dtype must be one of ", AllWords<Dtype>()));
  }
  HIR_ASSIGN_OR_RETURN(const Repetition repetition, WantedRepetition());
  const EngineOptions options = {.dtype = *dtype,
                                 .device = DeviceChoice::kCpu,
                                 .max_running_sequences = absl::GetFlag(FLAGS_sequences),
                                 .threads = absl::GetFlag(FLAGS_threads)};
  HIR_ASSIGN_OR_RETURN(auto engine,
                       LocalEngine::Open(absl::GetFlag(FLAGS_model), "bench", options));
  HIR_RETURN_IF_ERROR(repetition(*engine, 0).status());  // Warms up.
  std::vector<Measured> measured;
  for (int i = 0; i < absl::GetFlag(FLAGS_repetitions); ++i) {
    HIR_ASSIGN_OR_RETURN(Measured one, repetition(*engine, i + 1));
    measured.push_back(std::move(one));
  }
  std::sort(measured.begin(), measured.end(), [](const Measured& a, const Measured& b) {
    return a.tokens_per_second < b.tokens_per_second;
  });
  const Measured& median = measured[measured.size() / 2];
  const Architecture& architecture = engine->architecture();
  const int64_t bytes = *dtype == Dtype::kBf16 ? 2 : 4;
  const nlohmann::ordered_json result = {
      {"tokens_per_second", median.tokens_per_second},
      {"best_tokens_per_second", measured.back().tokens_per_second},
      {"milliseconds_per_step", median.profile},
      {"weight_bytes_per_pass", bytes * MultipliedParameters(architecture)},
      {"operations_per_token", OperationsPerToken(architecture)},
      {"measure", absl::GetFlag(FLAGS_measure)},
      {"sequences", absl::GetFlag(FLAGS_sequences)},
      {"dtype", WordOf(options.dtype)},
      {"threads", options.threads}};
  std::cout << result.dump() << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) { return hir::BenchMain(argc, argv, hir::Run); }
