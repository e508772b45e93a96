// hir-verifier: decides the constraints of responses and hands scored responses to replay.
#include <memory>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "hir/base/clock.h"
#include "hir/base/file.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/remote/judge/judge.h"
#include "hir/checkers/remote/python/sandbox.h"
#include "hir/checkers/remote/service/checker_service.h"
#include "hir/client/ring_client.h"
#include "hir/http/api_key.h"
#include "hir/process/service_main.h"
#include "hir/rpc/channel.h"
#include "services/verifier/config.h"
#include "services/verifier/verifier_service.h"

ABSL_FLAG(std::string, replay, hir::VerifierConfig().replay_address,
          "HOST:PORT of hir-replay; empty serves Verify alone.");
ABSL_FLAG(int, max_pending_responses, hir::VerifierConfig().max_pending_responses,
          "Responses of one stream that replay has not stored before the stream is not read on.");
ABSL_FLAG(int, verify_threads, hir::VerifierConfig().verify_threads,
          "Threads that share the items of one Verify call; 0 is one per core.");
ABSL_FLAG(std::string, ruleset, hir::RulesetName(hir::Ruleset::kIfbench020),
          "Rules of the kinds that have two behaviours: ifbench-0.2.0 or ifbench-2025.");
ABSL_FLAG(std::string, judge_url, "",
          "OpenAI-compatible service that decides judge:criterion, e.g. http://127.0.0.1:8000/v1; "
          "empty decides none.");
ABSL_FLAG(std::string, judge_model, "", "Model of that service.");
ABSL_FLAG(std::string, judge_key_file, "", "File with the service's key; empty sends none.");
ABSL_FLAG(std::string, judge_prompt, "",
          "File with the question, {criterion} and {response} in it; empty takes our own.");
ABSL_FLAG(int, judge_votes, hir::remote::JudgeOptions().votes, "Answers asked for one question.");
ABSL_FLAG(int, judge_agreeing, 0, "Answers that must agree; 0 is more than half of the votes.");
ABSL_FLAG(double, judge_temperature, hir::remote::JudgeOptions().temperature,
          "Of the judge's sampling.");
ABSL_FLAG(double, judge_timeout_seconds, absl::ToDoubleSeconds(hir::remote::JudgeOptions().timeout),
          "Longest wait for one answer.");
ABSL_FLAG(int, judge_attempts, hir::remote::JudgeOptions().retry.max_attempts,
          "Attempts at one answer, after 429, 5xx and broken connections.");
ABSL_FLAG(int, judge_concurrent, hir::remote::JudgeOptions().concurrent, "Requests at once.");
ABSL_FLAG(double, judge_requests_per_second, hir::remote::JudgeOptions().requests_per_second,
          "Limit of requests; 0 is none.");
ABSL_FLAG(
    std::string, external_checker, "",
    "HOST:PORT of a service (proto/hir/checker) that decides external:check; empty decides none.");
ABSL_FLAG(double, external_timeout_seconds,
          absl::ToDoubleSeconds(hir::remote::CheckerServiceOptions().timeout),
          "Longest wait for one of its verdicts.");
ABSL_FLAG(int, python_checkers, 0,
          "Checks of python:check_following at once, each in a sandbox; 0 runs no Python of a data "
          "set.");
ABSL_FLAG(int, python_cpu_seconds, hir::remote::PythonSandboxOptions().cpu_seconds,
          "CPU time that such a check may take; it may last five times as long.");
ABSL_FLAG(int, python_memory_mib, hir::remote::PythonSandboxOptions().memory_bytes >> 20,
          "Memory that such a check may take.");
ABSL_FLAG(int, waiting_checks, hir::VerifierConfig().waiting_checks,
          "Checks that wait for another process (a judge, a sandbox) at once.");

namespace {

// Logs once which kinds will be undecidable and why.
void LogDisabled(const hir::CheckerRegistry& registry) {
  for (const hir::CheckerListing& checker : registry.List()) {
    if (checker.disabled_reason.empty()) continue;
    hir::Log(hir::Severity::kInfo, "a kind of constraint is undecidable here",
             {{"kind", checker.kind}, {"reason", checker.disabled_reason}});
  }
}

// The text of the file that a flag names; `otherwise` if it is empty.
absl::StatusOr<std::string> FileOr(const std::string& path, std::string_view otherwise) {
  if (path.empty()) return std::string(otherwise);
  return hir::ReadFile(path);
}

absl::StatusOr<hir::remote::JudgeOptions> JudgeFromFlags() {
  hir::remote::JudgeOptions options;
  options.url = absl::GetFlag(FLAGS_judge_url);
  options.model = absl::GetFlag(FLAGS_judge_model);
  HIR_ASSIGN_OR_RETURN(options.key,
                       hir::ReadApiKey("--judge-key-file", absl::GetFlag(FLAGS_judge_key_file)));
  HIR_ASSIGN_OR_RETURN(
      options.prompt, FileOr(absl::GetFlag(FLAGS_judge_prompt), hir::remote::DefaultJudgePrompt()));
  options.votes = absl::GetFlag(FLAGS_judge_votes);
  options.agreeing = absl::GetFlag(FLAGS_judge_agreeing);
  if (options.agreeing == 0) options.agreeing = options.votes / 2 + 1;
  options.temperature = absl::GetFlag(FLAGS_judge_temperature);
  options.timeout = absl::Seconds(absl::GetFlag(FLAGS_judge_timeout_seconds));
  options.retry.max_attempts = absl::GetFlag(FLAGS_judge_attempts);
  options.concurrent = absl::GetFlag(FLAGS_judge_concurrent);
  options.requests_per_second = absl::GetFlag(FLAGS_judge_requests_per_second);
  HIR_RETURN_IF_ERROR(Validate(options));
  return options;
}

absl::Status EnablePythonFromFlags(hir::CheckerRegistry& registry) {
  const hir::remote::PythonSandboxOptions options = {
      .workers = absl::GetFlag(FLAGS_python_checkers),
      .cpu_seconds = absl::GetFlag(FLAGS_python_cpu_seconds),
      .memory_bytes = static_cast<int64_t>(absl::GetFlag(FLAGS_python_memory_mib)) << 20};
  HIR_RETURN_IF_ERROR(Validate(options));
  HIR_ASSIGN_OR_RETURN(std::shared_ptr<hir::remote::PythonSandbox> sandbox,
                       hir::remote::PythonSandbox::Start(options));
  hir::Log(hir::Severity::kInfo, "Python checkers run in sandboxes",
           {{"workers", absl::StrCat(options.workers)},
            {"landlock", sandbox->has_landlock() ? "yes" : "no"}});
  EnablePythonCheckers(registry, std::move(sandbox));
  return absl::OkStatus();
}

absl::Status Run(hir::ServiceContext& context) {
  const hir::VerifierConfig config = {
      .replay_address = absl::GetFlag(FLAGS_replay),
      .max_pending_responses = absl::GetFlag(FLAGS_max_pending_responses),
      .verify_threads = absl::GetFlag(FLAGS_verify_threads),
      .waiting_checks = absl::GetFlag(FLAGS_waiting_checks)};
  HIR_RETURN_IF_ERROR(Validate(config));
  HIR_ASSIGN_OR_RETURN(hir::RingStubs ring,
                       hir::ConnectRing({.replay = config.replay_address}, context.tls()));
  hir::RealClock clock;
  HIR_ASSIGN_OR_RETURN(const hir::Ruleset ruleset, hir::ParseRuleset(absl::GetFlag(FLAGS_ruleset)));
  hir::CheckerRegistry registry = hir::AllCheckers(ruleset);
  if (!absl::GetFlag(FLAGS_judge_url).empty()) {
    HIR_ASSIGN_OR_RETURN(const hir::remote::JudgeOptions judge, JudgeFromFlags());
    EnableJudge(registry, std::make_shared<hir::remote::Judge>(judge, clock));
  }
  if (!absl::GetFlag(FLAGS_external_checker).empty()) {
    const hir::remote::CheckerServiceOptions options = {
        .timeout = absl::Seconds(absl::GetFlag(FLAGS_external_timeout_seconds))};
    HIR_RETURN_IF_ERROR(Validate(options));
    HIR_ASSIGN_OR_RETURN(const auto channel,
                         hir::MakeChannel(absl::GetFlag(FLAGS_external_checker), context.tls()));
    EnableCheckerService(registry, hir::checker::v1::Checker::NewStub(channel), options, clock);
  }
  if (absl::GetFlag(FLAGS_python_checkers) != 0) {
    HIR_RETURN_IF_ERROR(EnablePythonFromFlags(registry));
  }
  LogDisabled(registry);
  hir::VerifierService service(config, registry, std::move(ring.replay), clock, context.registry());
  HIR_ASSIGN_OR_RETURN(
      const auto server,
      context.StartServer({{hir::verifier::v1::Verifier::service_full_name(), &service}}));
  context.stop().Wait();
  server->SetServing(false);
  service.EndStreams();
  server->Drain(context.drain_deadline());
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return hir::ServiceMain(
      argc, argv,
      {.name = "hir-verifier", .summary = "Decides the constraints of responses.", .run = Run});
}
