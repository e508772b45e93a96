#include "hir/supervisor/local_ring.h"

#include <algorithm>
#include <atomic>
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
// Services are numbered replay, verifier, learner, then the rollout workers.
constexpr int kFirstWorker = 3;

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
  workers_ = PlaceWorkers(options_.workers, options_.gpus, options_.run_dir);
  for (const PlacedWorker& worker : workers_) {
    if (!worker.weights_folder.empty()) HIR_RETURN_IF_ERROR(MakeFolder(worker.weights_folder));
  }
  // Two for each service, and one where learners meet.
  const int services = kFirstWorker + options_.workers.count;
  HIR_ASSIGN_OR_RETURN(ports_, ReservedPorts::Take(2 * services + 1));
  addresses_ = {.replay = Local(ports_[0]),
                .verifier = Local(ports_[1]),
                .rollouts = {},
                .learner = Local(ports_[2])};
  for (int i = kFirstWorker; i < services; ++i) addresses_.rollouts.push_back(Local(ports_[i]));
  for (int i = 0; i < services; ++i) metrics_ports_.push_back(ports_[services + i]);
  master_ = Local(ports_[2 * services]);
  return RecordAddresses();
}

absl::Status LocalRing::RecordAddresses() const {
  nlohmann::ordered_json record;
  const auto add = [&record](const std::string& key, const std::string& address, int metrics) {
    record[key] = {{"address", address}, {"metrics", Local(metrics)}};
  };
  add("replay", addresses_.replay, metrics_ports_[0]);
  add("verifier", addresses_.verifier, metrics_ports_[1]);
  add("learner", addresses_.learner, metrics_ports_[2]);
  for (size_t i = 0; i < workers_.size(); ++i) {
    add(workers_[i].key, addresses_.rollouts[i], metrics_ports_[kFirstWorker + i]);
  }
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
  HIR_RETURN_IF_ERROR(StartRollouts(should_stop));
  // Rank 0 is ready once the others have joined it.
  for (int rank = options_.learners - 1; rank >= 0; --rank) {
    HIR_RETURN_IF_ERROR(StartLearner(rank, should_stop));
  }
  return absl::OkStatus();
}

absl::Status LocalRing::StartRollouts(const std::function<bool()>& should_stop) {
  // All at once, since each takes as long as its model takes to load. When one fails, the others
  // are not waited for.
  std::atomic<bool> failed = false;
  const auto stop = [&] { return failed || should_stop(); };
  std::vector<absl::Status> started(workers_.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < workers_.size(); ++i) {
    threads.emplace_back([&, i] {
      started[i] = StartRollout(i, stop);
      if (!started[i].ok()) failed = true;
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Those that were stopped because of another's failure don't say what is wrong.
  const auto says_why = [](const absl::Status& status) {
    return !status.ok() && !absl::IsCancelled(status);
  };
  const auto why = std::find_if(started.begin(), started.end(), says_why);
  if (why != started.end()) return *why;
  return failed ? absl::CancelledError("stopped while the rollout workers were starting.")
                : absl::OkStatus();
}

absl::Status LocalRing::StartRollout(size_t worker, const std::function<bool()>& should_stop) {
  const PlacedWorker& placed = workers_[worker];
  std::vector<std::string> flags = {"--model",    options_.model,     "--run",
                                    options_.run, "--replay",         addresses_.replay,
                                    "--verifier", addresses_.verifier};
  flags.insert(flags.end(), placed.flags.begin(), placed.flags.end());
  LocalServiceOptions options =
      ServiceOptions(addresses_.rollouts[worker], metrics_ports_[kFirstWorker + worker]);
  options.name = placed.name;
  options.gpu = placed.gpu;
  options.threads = std::max(1, options.threads / options_.workers.count);
  return supervisor_.Start(RingService(options, "hir-rollout", flags), should_stop);
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
  LocalServiceOptions options = ServiceOptions(addresses_.learner, metrics_ports_[2]);
  options.threads = std::max(1, options.threads / options_.learners);
  if (rank > 0) {
    // No service connects to it, so any port will do.
    options.port = 0;
    options.metrics_port = 0;
    options.name = absl::StrCat("hir-learner-", rank);
  }
  SupervisedService service = RingService(options, "hir-learner", flags);
  service.gang = "learners";
  if (rank > 0) service.ready = [] { return absl::OkStatus(); };
  return supervisor_.Start(std::move(service), should_stop);
}

void LocalRing::Stop() { supervisor_.Stop(); }

std::map<std::string, std::string> AddressesOfLocalRing(const std::string& run_dir) {
  using nlohmann::json;
  const absl::StatusOr<std::string> text = ReadFile(ServicesPath(run_dir));
  const json services = ParseJson(text.value_or("")).value_or(json());
  std::map<std::string, std::string> addresses;
  if (!services.is_object()) return addresses;
  for (const auto& [name, service] : services.items()) {
    const json address = service.is_object() ? service.value("address", json()) : json();
    if (address.is_string()) addresses[name] = address.get<std::string>();
  }
  return addresses;
}

std::string ProgramFolder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? "." : program.parent_path().string();
}

}  // namespace hir
