#include "cli/train.h"

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "hir/model_folder/check_model_folder.h"
#include "cli/options.h"
#include "hir/evaluation/prompt_length.h"
#include "cli/report.h"
#include "cli/ring_client.h"
#include "cli/ring_options.h"
#include "hir/run/run_folder.h"
#include "hir/run/run_lock.h"
#include "hir/driver/train_tasks.h"
#include "hir/driver/training.h"
#include "hir/base/status_macros.h"
#include "hir/cluster/services.h"
#include "hir/config/schema.h"
#include "hir/metrics/build_info.h"
#include "hir/metrics/metrics_server.h"
#include "hir/metrics/names.h"
#include "hir/model_folder/read_architecture.h"
#include "hir/rpc/stop_signal.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

// What is read further after parsing.
struct RawOptions {
  std::string verifier_flags;
  std::vector<std::string> skip_steps;
};

Options TrainOptions(TrainCommand& command, RawOptions& raw) {
  Options options(
      "hir train CONFIG [--set KEY=VALUE]... [--dry-run]",
      "Trains a model with Hindsight instruction Replay. Starts Redis and the four services on "
      "this\n"
      "machine, or uses running ones (--connect with the other three addresses). Everything lands "
      "in\n"
      "output_dir/name: config.yaml, metrics.jsonl, rollouts/, eval.jsonl, checkpoints/,\n"
      "report.html, logs/. The same command after an interrupt goes on where the run stands.");
  options.Texts("set", &command.overrides, "change one field, e.g. optimizer.lr=2e-5; repeatable");
  options.Flag("dry-run", &command.dry_run, "check everything, print the configuration, stop");
  options.Flag("new-ledger", &command.new_ledger,
               "begin an empty ledger after the newest checkpoint, since that of redis/ is lost");
  options.Texts("skip-step", &raw.skip_steps,
                "go on without the batch of this step, which can't be trained; repeatable");
  options.Integer("learners", &command.learners,
                  "learner processes on this machine, which split each batch; default 1");
  options.Text("verifier-flags", &raw.verifier_flags,
               "file with flags of hir-verifier, one a line: --ruleset, --judge_url, ...");
  AddRingOptions(options, command.connect, command.tls);
  options.Text("metrics-listen", &command.metrics_listen,
               "HOST:PORT to serve Prometheus metrics on: held-out scores");
  return options;
}

// Services run in folders of their own; a run that is resumed from elsewhere is the same run.
void MakeAbsolute(std::string& path) {
  if (!path.empty()) path = fs::absolute(path).lexically_normal();
}

std::string Plan(const TrainInputs& inputs) {
  const RunConfig& c = inputs.config;
  const double tasks = static_cast<double>(c.learner.total_steps) * c.rollout.train_batch_size;
  std::string plan =
      absl::StrFormat("# %d steps of %d instructions x %d responses", c.learner.total_steps,
                      c.rollout.train_batch_size, c.rollout.responses_per_prompt);
  double weights = 0;
  for (const FileShare& file : inputs.train.files) weights += file.weight;
  const bool several = inputs.train.files.size() > 1;
  for (size_t i = 0; i < inputs.train.files.size(); ++i) {
    const FileShare& file = inputs.train.files[i];
    const double share = file.weight / weights;
    const double epochs = tasks * share / static_cast<double>(file.records);
    absl::StrAppendFormat(&plan, ", %.1f epochs of %d instructions", epochs, file.records);
    if (several) {
      absl::StrAppendFormat(&plan, " (%.1f %% of the tasks: %s)", 100 * share,
                            c.data.train[i].file);
    }
  }
  absl::StrAppendFormat(&plan, "; %d held out", inputs.held_out.size());
  return plan;
}

// The report, the comparison and where to find things. Prints.
absl::Status Conclude(const TrainInputs& inputs, const RunFolder& folder) {
  const int total = inputs.config.learner.total_steps;
  if (folder.HasEval(0) && folder.HasEval(total)) {
    // A damaged record of an evaluation takes nothing from what was trained.
    const absl::StatusOr<std::string> sentence = folder.SaveComparison(0, total);
    std::cout << (sentence.ok() ? *sentence
                                : absl::StrCat("no comparison: ", sentence.status().message()))
              << "\n";
  }
  HIR_RETURN_IF_ERROR(WriteReport(folder.path()));
  const std::string checkpoint = folder.NewestCheckpoint();
  if (!checkpoint.empty()) std::cout << "checkpoint: " << checkpoint << "\n";
  std::cout << "report:     " << folder.path() << "/report.html" << std::endl;
  return absl::OkStatus();
}

absl::Status TrainOn(const RingAddresses& addresses, const TrainCommand& command,
                     const TrainInputs& inputs, const std::function<absl::Status()>& health,
                     const std::function<std::vector<std::string>()>& news,
                     const std::function<bool()>& should_stop) {
  const bool remote = !command.connect.replay.empty();
  HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing(addresses, command.tls));
  const auto registry = std::make_shared<prometheus::Registry>();
  HeldOutMetrics metrics(*registry);
  std::unique_ptr<MetricsServer> metrics_server;
  if (!command.metrics_listen.empty()) {
    AddBuildInfo(*registry);
    HIR_ASSIGN_OR_RETURN(metrics_server, MetricsServer::Start(command.metrics_listen, registry));
  }
  Training training({.config = inputs.config,
                     .train = inputs.train.records,
                     .train_files = inputs.train.files,
                     .held_out = inputs.held_out,
                     .should_stop = should_stop,
                     .health = health,
                     .news = news,
                     .new_ledger = command.new_ledger,
                     .save_metrics = remote,
                     .terminal = isatty(STDOUT_FILENO) == 1,
                     .metrics = &metrics},
                    stubs);
  const absl::Status status = training.Run();
  // What is lost while a run trains is not bad input.
  return absl::IsNotFound(status) ? absl::FailedPreconditionError(status.message()) : status;
}

// FAILED_PRECONDITION: the ledger knows nothing of a run that has trained steps.
absl::Status CheckLedgerIsThere(const TrainCommand& command, const TrainInputs& inputs,
                                const RunFolder& folder) {
  if (command.new_ledger || inputs.config.checkpoint.resume == Resume::kOff)
    return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const int64_t trained, folder.StepsTrained());
  const std::string checkpoint = folder.NewestCheckpoint();
  if (trained == 0 && checkpoint.empty()) return absl::OkStatus();
  const std::string ledger = command.connect.replay.empty()
                                 ? absl::StrCat(folder.path(), "/redis")
                                 : absl::StrCat("replay at ", command.connect.replay);
  const bool resumable = !checkpoint.empty() || !command.connect.replay.empty();
  return absl::FailedPreconditionError(absl::StrCat(
      "the ledger of run ", inputs.config.name, " is lost: ", ledger, " knows nothing of it, but ",
      folder.path(), " has ", trained, " trained steps; give the ledger back, ",
      resumable ? "go on from the newest checkpoint with --new-ledger, " : "", "or remove ",
      folder.path(), " to start afresh."));
}

// Makes the run in replay, unless it is there.
absl::Status CreateRunAt(const std::string& replay_address, const TrainCommand& command,
                         const TrainInputs& inputs, const RunFolder& folder,
                         const std::function<bool()>& should_stop) {
  HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing({.replay = replay_address}, command.tls));
  ReplayClient client(*stubs.replay, inputs.config.name, should_stop);
  HIR_ASSIGN_OR_RETURN(const bool created, client.CreateRun(ToYaml(inputs.config)));
  return created ? CheckLedgerIsThere(command, inputs, folder) : absl::OkStatus();
}

std::vector<std::string> LearnerFlags(const TrainCommand& command) {
  std::vector<std::string> flags;
  if (command.new_ledger) flags.push_back("--new-ledger");
  if (!command.skip_steps.empty()) {
    flags.push_back(absl::StrCat("--skip-step=", absl::StrJoin(command.skip_steps, ",")));
  }
  return flags;
}

absl::Status TrainLocally(const TrainCommand& command, const TrainInputs& inputs,
                          const RunFolder& folder, const std::function<bool()>& should_stop) {
  if (command.new_ledger) HIR_RETURN_IF_ERROR(folder.SetLedgerAside());
  HIR_ASSIGN_OR_RETURN(const std::unique_ptr<LocalRing> ring,
                       LocalRing::Create({.bin_dir = ProgramFolder(),
                                          .run_dir = folder.path(),
                                          .run = inputs.config.name,
                                          .model = inputs.config.model.path,
                                          .asynchronous = inputs.config.rollout.max_staleness > 0,
                                          .verifier_flags = command.verifier_flags,
                                          .learners = command.learners,
                                          .learner_flags = LearnerFlags(command),
                                          .supervisor = {.stop_deadline = absl::Seconds(5)}}));
  std::cout << "starting the ring; logs in " << folder.path() << "/logs" << std::endl;
  HIR_RETURN_IF_ERROR(ring->StartLedger(should_stop));
  HIR_RETURN_IF_ERROR(CreateRunAt(ring->addresses().replay, command, inputs, folder, should_stop));
  HIR_RETURN_IF_ERROR(ring->StartWorkers(should_stop));
  HIR_RETURN_IF_ERROR(TrainOn(
      ring->addresses(), command, inputs, [&] { return ring->Health(); },
      [&] { return ring->TakeNews(); }, should_stop));
  if (ring->restarts() > 0) std::cout << "services restarted: " << ring->restarts() << "\n";
  return absl::OkStatus();
}

// A learner without a checkpoint would have no step to report before the first task.
absl::Status CheckNewLedger(const TrainCommand& command, const RunFolder& folder) {
  if (!command.new_ledger || !command.connect.replay.empty()) return absl::OkStatus();
  if (!folder.NewestCheckpoint().empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(folder.path(), " has no checkpoint to go on from; leave out --new-ledger."));
}

absl::Status TrainConnected(const TrainCommand& command, const TrainInputs& inputs,
                            const RunFolder& folder, const std::function<bool()>& should_stop) {
  HIR_RETURN_IF_ERROR(CreateRunAt(command.connect.replay, command, inputs, folder, should_stop));
  return TrainOn(
      command.connect, command, inputs, [] { return absl::OkStatus(); }, nullptr, should_stop);
}

}  // namespace

absl::StatusOr<TrainCommand> ParseTrainCommand(absl::Span<const std::string> args) {
  TrainCommand command;
  RawOptions raw;
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, TrainOptions(command, raw).Parse(args));
  if (rest.size() != 1) {
    return absl::InvalidArgumentError("give one configuration file; usage: hir train CONFIG.");
  }
  command.config_path = rest[0];
  if (command.learners < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--learners is ", command.learners, "; it must be at least 1."));
  }
  for (const std::string& text : raw.skip_steps) {
    int64_t& step = command.skip_steps.emplace_back();
    if (!absl::SimpleAtoi(text, &step) || step < 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("--skip-step is \"", text, "\"; it must be a step, from 1."));
    }
  }
  HIR_ASSIGN_OR_RETURN(const bool running, NamesWholeRing(command.connect));
  if (running && (command.learners > 1 || !raw.verifier_flags.empty() || !raw.skip_steps.empty())) {
    return absl::InvalidArgumentError(
        "--learners, --verifier-flags and --skip-step are for services that are started on this "
        "machine; a running ring (--connect) has its own.");
  }
  HIR_ASSIGN_OR_RETURN(command.verifier_flags, ReadFlags(raw.verifier_flags));
  return command;
}

absl::StatusOr<TrainInputs> LoadTrainInputs(const TrainCommand& command) {
  TrainInputs inputs;
  HIR_ASSIGN_OR_RETURN(inputs.config, LoadRunConfig(command.config_path));
  RunConfig& config = inputs.config;
  for (const std::string& assignment : command.overrides) {
    const absl::Status status = ApplyOverride(config, assignment);
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--set ", assignment, ": ", status.message()));
    }
  }
  HIR_RETURN_IF_ERROR(ValidateRunConfig(config));
  if (command.connect.replay.empty()) {
    MakeAbsolute(config.model.path);
    HIR_RETURN_IF_ERROR(CheckModelFolder(config.model.path));
  }
  for (TrainFile& file : config.data.train) MakeAbsolute(file.file);
  MakeAbsolute(config.data.held_out);
  std::optional<PromptLength> lengths;  // None where the model's folder is where the ring is.
  if (command.connect.replay.empty()) {
    HIR_ASSIGN_OR_RETURN(const Architecture architecture, ReadArchitecture(config.model.path));
    HIR_ASSIGN_OR_RETURN(lengths, PromptLength::Create(config, architecture.max_position));
  }
  const PromptLength* measured = lengths ? &*lengths : nullptr;
  HIR_ASSIGN_OR_RETURN(inputs.train, LoadTrainData(config, measured));
  if (lengths && !lengths->has_chat_template()) {
    inputs.train.notes.push_back(
        "the model folder has no chat template: prompts are plain text, as a base model's.");
  }
  if (config.eval.every > 0) {
    HIR_ASSIGN_OR_RETURN(inputs.held_out, LoadHeldOut(config, measured, inputs.train.notes));
  }
  return inputs;
}

absl::Status RunTrainCommand(absl::Span<const std::string> args) {
  if (Options::WantsHelp(args)) {
    TrainCommand unused;
    RawOptions raw;
    std::cout << TrainOptions(unused, raw).Help();
    return absl::OkStatus();
  }
  HIR_ASSIGN_OR_RETURN(const TrainCommand command, ParseTrainCommand(args));
  HIR_ASSIGN_OR_RETURN(const TrainInputs inputs, LoadTrainInputs(command));
  const RunFolder folder(inputs.config);
  HIR_RETURN_IF_ERROR(CheckNewLedger(command, folder));
  std::cout << ToYaml(inputs.config) << Plan(inputs) << std::endl;
  for (const std::string& note : inputs.train.notes) std::cerr << "note: " << note << "\n";
  if (command.dry_run) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const auto lock, LockRun(inputs.config.name, folder.path()));
  HIR_RETURN_IF_ERROR(folder.SaveConfig(inputs.config));
  StopSignal signal;
  const auto should_stop = [&signal] { return signal.stopped(); };
  const absl::Status status = command.connect.replay.empty()
                                  ? TrainLocally(command, inputs, folder, should_stop)
                                  : TrainConnected(command, inputs, folder, should_stop);
  if (signal.stopped()) {
    const char* const left =
        command.connect.replay.empty() ? "nothing is left running" : "the ring's services run on";
    return absl::CancelledError(absl::StrCat("interrupted, ", left, "; `hir train ",
                                             command.config_path,
                                             "` with the same settings goes on where it stands."));
  }
  HIR_RETURN_IF_ERROR(status);
  return Conclude(inputs, folder);
}

}  // namespace hir
