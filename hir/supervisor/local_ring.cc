#include "hir/supervisor/local_ring.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

namespace fs = std::filesystem;

// sockaddr_un holds 108 bytes with the final zero.
constexpr size_t kLongestSocketPath = 107;

std::string Local(int port) { return absl::StrCat("127.0.0.1:", port); }

std::string ServicesPath(const std::string& run_dir) { return run_dir + "/services.json"; }

int PortOf(const std::string& address) {
  int port = 0;
  (void)absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port);
  return port;
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("can't make ", path, ": ", error.message(), "."));
}

}  // namespace

LocalRing::LocalRing(const LocalRingOptions& options)
    : options_(options), supervisor_(options.supervisor) {
  options_.run_dir = fs::absolute(options.run_dir).lexically_normal();
  log_dir_ = absl::StrCat(options_.run_dir, "/logs");
  redis_dir_ = absl::StrCat(options_.run_dir, "/redis");
}

LocalRing::~LocalRing() {
  Stop();
  std::error_code ignored;
  if (!socket_dir_.empty()) fs::remove_all(socket_dir_, ignored);
}

absl::StatusOr<std::unique_ptr<LocalRing>> LocalRing::Create(const LocalRingOptions& options) {
  std::unique_ptr<LocalRing> ring(new LocalRing(options));
  HIR_RETURN_IF_ERROR(ring->Prepare());
  return ring;
}

absl::Status LocalRing::Prepare() {
  HIR_RETURN_IF_ERROR(MakeFolder(log_dir_));
  HIR_RETURN_IF_ERROR(MakeFolder(redis_dir_));
  if (redis_dir_.size() + sizeof("/redis.sock") > kLongestSocketPath) {
    char name[] = "/tmp/hir-redis-XXXXXX";
    if (mkdtemp(name) == nullptr) return absl::UnavailableError("can't make a folder in /tmp.");
    socket_dir_ = name;
  }
  HIR_ASSIGN_OR_RETURN(ports_, ReservedPorts::Take(9));
  addresses_ = {Local(ports_[0]), Local(ports_[1]), Local(ports_[2]), Local(ports_[3])};
  metrics_ports_ = {ports_[4], ports_[5], ports_[6], ports_[7]};
  master_ = Local(ports_[8]);
  const nlohmann::ordered_json record = {
      {"replay", {{"address", addresses_.replay}, {"metrics", Local(metrics_ports_[0])}}},
      {"verifier", {{"address", addresses_.verifier}, {"metrics", Local(metrics_ports_[1])}}},
      {"rollout", {{"address", addresses_.rollout}, {"metrics", Local(metrics_ports_[2])}}},
      {"learner", {{"address", addresses_.learner}, {"metrics", Local(metrics_ports_[3])}}}};
  return WriteFileAtomically(ServicesPath(options_.run_dir), record.dump(2) + "\n");
}

absl::Status LocalRing::StartService(const std::string& program, const std::string& address,
                                     int metrics_port, const std::vector<std::string>& flags,
                                     const std::function<bool()>& should_stop) {
  return supervisor_.Start(RingService(ServiceOptions(address, metrics_port), program, flags),
                           should_stop);
}

LocalServiceOptions LocalRing::ServiceOptions(const std::string& address, int metrics_port) const {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return {.bin_dir = options_.bin_dir,
          .log_dir = log_dir_,
          .port = PortOf(address),
          .metrics_port = metrics_port,
          .threads = options_.asynchronous ? std::max(1, cores / 2) : cores};
}

absl::Status LocalRing::StartLedger(const std::function<bool()>& should_stop) {
  const std::string socket =
      absl::StrCat(socket_dir_.empty() ? redis_dir_ : socket_dir_, "/redis.sock");
  HIR_RETURN_IF_ERROR(supervisor_.Start(PrivateRedis(redis_dir_, socket, log_dir_), should_stop));
  return StartService("hir-replay", addresses_.replay, metrics_ports_[0],
                      {"--redis", absl::StrCat("unix://", socket), "--model", options_.model},
                      should_stop);
}

absl::Status LocalRing::StartWorkers(const std::function<bool()>& should_stop) {
  std::vector<std::string> verifier_flags = {"--replay", addresses_.replay};
  verifier_flags.insert(verifier_flags.end(), options_.verifier_flags.begin(),
                        options_.verifier_flags.end());
  HIR_RETURN_IF_ERROR(StartService("hir-verifier", addresses_.verifier, metrics_ports_[1],
                                   verifier_flags, should_stop));
  HIR_RETURN_IF_ERROR(StartService("hir-rollout", addresses_.rollout, metrics_ports_[2],
                                   {"--model", options_.model, "--run", options_.run, "--replay",
                                    addresses_.replay, "--verifier", addresses_.verifier},
                                   should_stop));
  // Rank 0 is ready once the others have joined it.
  for (int rank = options_.learners - 1; rank >= 0; --rank) {
    HIR_RETURN_IF_ERROR(StartLearner(rank, should_stop));
  }
  return absl::OkStatus();
}

absl::Status LocalRing::StartLearner(int rank, const std::function<bool()>& should_stop) {
  std::vector<std::string> flags = {"--run",           options_.run, "--replay",
                                    addresses_.replay, "--run-dir",  options_.run_dir};
  flags.insert(flags.end(), options_.learner_flags.begin(), options_.learner_flags.end());
  if (options_.learners > 1) {
    for (const std::string& flag :
         {absl::StrCat("--rank=", rank), absl::StrCat("--world-size=", options_.learners),
          absl::StrCat("--master=", master_)}) {
      flags.push_back(flag);
    }
  }
  LocalServiceOptions options = ServiceOptions(addresses_.learner, metrics_ports_[3]);
  options.threads = std::max(1, options.threads / options_.learners);
  if (rank > 0) {
    // No service connects to it, so any port will do.
    options.port = 0;
    options.metrics_port = 0;
  }
  SupervisedService service = RingService(options, "hir-learner", flags);
  service.gang = "learners";
  if (rank > 0) {
    service.process.name = absl::StrCat("hir-learner-", rank);
    service.process.log_path = absl::StrCat(log_dir_, "/", service.process.name, ".log");
    service.ready = [] { return absl::OkStatus(); };
  }
  return supervisor_.Start(std::move(service), should_stop);
}

void LocalRing::Stop() { supervisor_.Stop(); }

std::string ReplayOfLocalRing(const std::string& run_dir) {
  using nlohmann::json;
  const absl::StatusOr<std::string> text = ReadFile(ServicesPath(run_dir));
  const json services = ParseJson(text.value_or("")).value_or(json());
  const json replay = services.is_object() ? services.value("replay", json()) : json();
  const json address = replay.is_object() ? replay.value("address", json()) : json();
  return address.is_string() ? address.get<std::string>() : "";
}

std::string ProgramFolder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? "." : program.parent_path().string();
}

}  // namespace hir
