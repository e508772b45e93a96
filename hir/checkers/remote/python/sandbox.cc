#include "hir/checkers/remote/python/sandbox.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/remote/python/seccomp_filter.h"
#include "hir/text/python/unicode.h"
#include "nlohmann/json.hpp"

extern "C" const char hir_sandbox_worker_begin[], hir_sandbox_worker_end[];
extern "C" const char hir_sandbox_probe_begin[], hir_sandbox_probe_end[];

namespace hir::remote {
namespace {

using nlohmann::json;

constexpr int kMostWorkers = 256;
constexpr int64_t kLeastMemory = 64ll << 20;
// Time for an interpreter to start, and to answer beyond the limit of a check.
constexpr absl::Duration kPatience = absl::Seconds(20);
// What the authors of these functions call them with (VerIF).
constexpr char kInstruction[] = "instruction";

std::string_view WorkerSource() {
  return {hir_sandbox_worker_begin,
          static_cast<size_t>(hir_sandbox_worker_end - hir_sandbox_worker_begin)};
}
std::string_view ProbeSource() {
  return {hir_sandbox_probe_begin,
          static_cast<size_t>(hir_sandbox_probe_end - hir_sandbox_probe_begin)};
}

CheckResult ToResult(const std::string& answer) {
  const json record = ParseJson(answer).value_or(json());
  if (record.is_object()) {
    if (const auto verdict = record.find("verdict");
        verdict != record.end() && verdict->is_boolean()) {
      return PassIf(verdict->get<bool>());
    }
    if (const auto reason = record.find("undecidable");
        reason != record.end() && reason->is_string()) {
      return Undecidable(QuoteForMessage(reason->get<std::string>()));
    }
  }
  return Undecidable("The sandbox of Python checkers gives no verdict.");
}

absl::Status Refuse(std::string_view reason) {
  return absl::FailedPreconditionError(
      absl::StrCat("this machine does not give Python checkers a sandbox: ", std::string(reason),
                   "; allow bubblewrap user namespaces (sysctl kernel.unprivileged_userns_clone, "
                   "the container's "
                   "seccomp profile), or leave --python-checkers 0"));
}

class PythonChecker : public Checker {
 public:
  PythonChecker(std::shared_ptr<PythonSandbox> sandbox, std::string source, std::string instruction)
      : sandbox_(std::move(sandbox)),
        source_(std::move(source)),
        instruction_(std::move(instruction)) {}

  bool waits() const override { return true; }
  CheckResult Check(const ResponseText& response) const override {
    return sandbox_->Check(source_, instruction_, python::EncodeUtf8(response.text()));
  }

 private:
  const std::shared_ptr<PythonSandbox> sandbox_;
  const std::string source_;
  const std::string instruction_;
};

}  // namespace

absl::Status Validate(const PythonSandboxOptions& options) {
  const auto refuse = [](const char* flag, int64_t value, std::string_view range) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, " can't be ", value, "; it is ", std::string(range), "."));
  };
  if (options.workers < 1 || options.workers > kMostWorkers) {
    return refuse("--python-checkers", options.workers, absl::StrCat("0 to ", kMostWorkers));
  }
  if (options.cpu_seconds < 1) {
    return refuse("--python-cpu-seconds", options.cpu_seconds, "at least 1");
  }
  if (options.memory_bytes < kLeastMemory) {
    return refuse("--python-memory-mib", options.memory_bytes >> 20,
                  absl::StrCat("at least ", kLeastMemory >> 20));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<PythonSandbox>> PythonSandbox::Start(
    const PythonSandboxOptions& options) {
  auto sandbox = std::unique_ptr<PythonSandbox>(new PythonSandbox(options));
  HIR_RETURN_IF_ERROR(sandbox->Probe());
  return sandbox;
}

PythonSandbox::PythonSandbox(const PythonSandboxOptions& options)
    : options_(options), free_(static_cast<size_t>(options.workers)) {}

absl::StatusOr<std::unique_ptr<SandboxedProcess>> PythonSandbox::StartWorker(bool* has_landlock) {
  HIR_ASSIGN_OR_RETURN(const std::string filter, CheckerSeccompFilter());
  HIR_ASSIGN_OR_RETURN(auto worker, SandboxedProcess::Start(WorkerSource()));
  const json settings = {{"filter", absl::Base64Escape(filter)},
                         {"cpu_seconds", options_.cpu_seconds},
                         {"wall_seconds", options_.wall_seconds()},
                         {"memory_bytes", options_.memory_bytes},
                         {"output_bytes", options_.output_bytes}};
  HIR_ASSIGN_OR_RETURN(const std::string answer, worker->Ask(settings.dump(), kPatience));
  if (has_landlock != nullptr) {
    *has_landlock = ParseJson(answer).value_or(json()) == json{{"landlock", true}};
  }
  return worker;
}

absl::Status PythonSandbox::Probe() {
  auto worker = StartWorker(&has_landlock_);
  if (!worker.ok()) return Refuse(std::string(worker.status().message()));
  {
    absl::MutexLock lock(&mutex_);
    free_.back() = *std::move(worker);
  }
  const CheckResult result = Check(ProbeSource(), "", "");
  if (result.verdict == Verdict::kFail) return absl::OkStatus();
  return Refuse(absl::StrCat("a checker could do what it must not (", result.reason, ")"));
}

void PythonSandbox::GiveTurns() {
  while (!free_.empty() && !turns_.empty()) {
    Turn& turn = *turns_.Take();
    // Those that are started are at the end.
    turn.worker = std::move(free_.back());
    free_.pop_back();
    turn.come = true;
  }
}

CheckResult PythonSandbox::Check(std::string_view source, std::string_view instruction,
                                 std::string_view response) {
  std::unique_ptr<SandboxedProcess> worker;
  {
    Turn turn;
    absl::MutexLock lock(&mutex_);
    turns_.Add(std::string(source), &turn);
    GiveTurns();
    mutex_.Await(absl::Condition(&turn.come));
    worker = std::move(turn.worker);
  }
  const std::string request =
      json{{"source", source}, {"instruction", instruction}, {"response", response}}.dump(
          -1, ' ', false, json::error_handler_t::replace);
  absl::StatusOr<std::string> answer = absl::UnavailableError("not started");
  if (worker == nullptr) {
    auto started = StartWorker();
    if (started.ok()) {
      worker = *std::move(started);
    } else {
      answer = started.status();
    }
  }
  if (worker != nullptr) {
    answer = worker->Ask(request, absl::Seconds(options_.wall_seconds()) + kPatience);
    if (!answer.ok()) worker = nullptr;
  }
  {
    absl::MutexLock lock(&mutex_);
    // The end is for those that are started.
    const auto place = worker == nullptr ? free_.begin() : free_.end();
    free_.insert(place, std::move(worker));
    GiveTurns();
  }
  if (!answer.ok()) {
    return Undecidable(absl::StrCat(
        "The sandbox of Python checkers fails: ", std::string(answer.status().message()), "."));
  }
  return ToResult(*answer);
}

void EnablePythonCheckers(CheckerRegistry& registry, std::shared_ptr<PythonSandbox> sandbox) {
  registry.Enable("python:check_following",
                  [sandbox = std::move(sandbox)](const Arguments& arguments) -> StatusOrChecker {
                    return std::make_unique<PythonChecker>(
                        sandbox, python::EncodeUtf8(arguments.String("source")),
                        arguments.Has("instruction")
                            ? python::EncodeUtf8(arguments.String("instruction"))
                            : kInstruction);
                  });
}

}  // namespace hir::remote
