// `hir generate`: one answer of a model, as it grows.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/ring_options.h"
#include "hir/base/status_macros.h"
#include "hir/client/cancel_on_stop.h"
#include "hir/client/chat_prompt.h"
#include "hir/client/ring_client.h"
#include "hir/driver/local_policy.h"
#include "hir/process/stop_signal.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"
#include "hir/supervisor/local_ring.h"

namespace hir {
namespace {

constexpr absl::Duration kGenerateTimeout = absl::Hours(1);

struct GenerateCommand {
  std::string model;
  std::string prompt;
  std::string system;
  std::string connect;
  ModelOptions model_options;
  TlsFiles tls;
  int max_tokens = 256;
  double temperature = 0;
  double top_p = 1;
  int top_k = 0;
  uint64_t seed = 1;
};

Options GenerateOptions(GenerateCommand& command) {
  Options options(
      "hir generate --model DIR --prompt TEXT",
      "Answers one prompt through the model's chat template and prints the answer as it\n"
      "grows; a model without a template goes on with the prompt's text. Reasoning (see\n"
      "--reasoning-end) is printed, too, on a terminal dimmed. Starts a rollout worker of its\n"
      "own, or asks a running one (--connect).");
  options.Text("model", &command.model, "Hugging Face folder");
  options.Text("prompt", &command.prompt, "what the user says").Required("prompt");
  options.Text("system", &command.system, "system prompt; default none");
  options.Integer("max-tokens", &command.max_tokens, "longest answer; default 256");
  options.Number("temperature", &command.temperature, "default 0, the likeliest token");
  options.Number("top-p", &command.top_p, "default 1, all tokens");
  options.Integer("top-k", &command.top_k, "default 0, all tokens");
  options.Seed("seed", &command.seed, "of the sampling; default 1");
  AddModelOptions(options, command.model_options);
  options.Text("connect", &command.connect, "HOST:PORT of a running hir-rollout");
  AddTlsOptions(options, command.tls);
  return options;
}

absl::Status CheckCommand(GenerateCommand& command) {
  if (command.model.empty() == command.connect.empty()) {
    return absl::InvalidArgumentError("give either --model or --connect.");
  }
  if (command.max_tokens < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max-tokens is ", command.max_tokens, " but must be at least 1."));
  }
  return CheckModelOptions(command.connect, command.model_options);
}

rollout::v1::GenerateRequest MakeRequest(const GenerateCommand& command) {
  rollout::v1::GenerateRequest request;
  request.set_stream_text(true);
  *request.add_prompts() =
      ChatPrompt(command.system, command.prompt, command.model_options.chat_template_kwargs);
  common::v1::SamplingSettings& sampling = *request.mutable_sampling();
  sampling.set_temperature(command.temperature);
  sampling.set_top_p(command.top_p);
  sampling.set_top_k(command.top_k);
  sampling.set_max_response_tokens(command.max_tokens);
  sampling.set_seed(command.seed);
  return request;
}

// Prints text as it comes, on a terminal its reasoning dimmed.
class AnswerPrinter {
 public:
  explicit AnswerPrinter(bool terminal) : terminal_(terminal) {}
  ~AnswerPrinter() { Dim(false); }

  void Print(const std::string& text, const std::string& reasoning_end) {
    shown_ += text;
    const size_t mark = shown_.find(reasoning_end);
    const size_t end = mark == std::string::npos ? shown_.size() : mark + reasoning_end.size();
    const size_t begun = shown_.size() - text.size();
    const size_t reasoning = reasoning_end.empty() ? 0 : std::max(begun, end) - begun;
    if (reasoning > 0) Dim(true);
    std::cout << text.substr(0, reasoning);
    if (reasoning < text.size()) Dim(false);
    std::cout << text.substr(reasoning) << std::flush;
  }
  const std::string& shown() const { return shown_; }

 private:
  void Dim(bool dim) {
    if (terminal_ && dim != dim_) std::cout << (dim ? "\x1b[2m" : "\x1b[0m");
    dim_ = dim;
  }

  const bool terminal_;
  bool dim_ = false;
  std::string shown_;
};

absl::Status StreamAnswer(rollout::v1::Rollout::Stub& stub, const GenerateCommand& command,
                          const StopSignal& signal) {
  grpc::ClientContext context;
  PrepareCall(context, kGenerateTimeout);
  const CancelOnStop cancel_on_stop(context, [&signal] { return signal.stopped(); });
  const auto reader = stub.Generate(&context, MakeRequest(command));
  rollout::v1::GenerateResponse response;
  {
    AnswerPrinter printer(isatty(STDOUT_FILENO) == 1);
    while (reader->Read(&response)) {
      printer.Print(response.delta(), response.reasoning_end());
      // What was held back for an unfinished character comes with the whole text.
      if (response.done() && response.text().size() > printer.shown().size()) {
        printer.Print(response.text().substr(printer.shown().size()), response.reasoning_end());
      }
    }
  }
  std::cout << std::endl;
  return FromGrpc(reader->Finish());
}

absl::Status Generate(const GenerateCommand& command, const StopSignal& signal) {
  std::unique_ptr<LocalPolicy> policy;
  RingAddresses addresses;
  if (!command.connect.empty()) addresses.rollouts = {command.connect};
  if (addresses.rollouts.empty()) {
    HIR_ASSIGN_OR_RETURN(policy,
                         LocalPolicy::Start({.bin_dir = ProgramFolder(),
                                             .model = command.model,
                                             .reasoning_end = command.model_options.reasoning_end},
                                            [&signal] { return signal.stopped(); }));
    addresses = policy->addresses();
  }
  HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing(addresses, command.tls));
  return StreamAnswer(*stubs.rollouts.front(), command, signal);
}

}  // namespace

absl::Status RunGenerateCommand(absl::Span<const std::string> args) {
  GenerateCommand command;
  const Options options = GenerateOptions(command);
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  HIR_RETURN_IF_ERROR(CheckCommand(command));
  StopSignal signal;
  const absl::Status status = Generate(command, signal);
  if (signal.stopped()) return absl::CancelledError("interrupted; nothing is left running.");
  return status;
}

}  // namespace hir
