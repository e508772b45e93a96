#include "hir/driver/machine_check.h"

#include <google/protobuf/stubs/common.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "grpcpp/grpcpp.h"
#include "hir/base/file.h"
#include "hir/base/machine_memory.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/remote/python/sandbox.h"
#include "hir/driver/check_model_folder.h"
#include "hir/metrics/build_info.h"
#include "hir/supervisor/gpus.h"
#include "hir/supervisor/ports.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

constexpr double kGiB = 1024.0 * 1024 * 1024;
// A checkpoint of the demo's model with optimizer state is 2.2 GiB, and two are kept.
constexpr double kDiskWanted = 8 * kGiB;
constexpr double kMemoryWanted = 6 * kGiB;

Finding Versions() {
  utsname system = {};
  uname(&system);
  return {Finding::kOk, "versions",
          absl::StrCat("hir ", BuildVersion(), ", gRPC ", grpc::Version(), ", protobuf ",
                       google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION), ", ",
                       system.sysname, " ", system.release),
          ""};
}

Finding Cpu() {
  const std::vector<std::string> features = CpuFeatures(ReadFile("/proc/cpuinfo").value_or(""));
  const std::string cores = absl::StrCat(std::thread::hardware_concurrency(), " cores, ");
  if (features.empty()) {
    return {Finding::kNote, "CPU", cores + "no AVX-512 bf16 or AMX: bf16 will be slow",
            "set model.dtype to f32"};
  }
  return {Finding::kOk, "CPU", cores + absl::StrJoin(features, " "), ""};
}

Finding Memory() {
  const auto bytes = static_cast<double>(MachineMemoryBytes());
  const std::string detail = absl::StrFormat("%.1f GiB", bytes / kGiB);
  if (bytes >= kMemoryWanted) return {Finding::kOk, "memory", detail, ""};
  return {Finding::kNote, "memory", detail + ", little for training",
          "set learner.activation_checkpointing to on"};
}

Finding Gpu() {
  const size_t gpus = VisibleGpus().size();
  if (gpus == 0) return {Finding::kNote, "GPU", "none; everything runs on the CPU", ""};
  if (gpus == 1) return {Finding::kOk, "GPU", "one NVIDIA device", ""};
  return {Finding::kOk, "GPU",
          absl::StrCat(gpus, " NVIDIA devices; hir train --workers=", gpus,
                       " gives each a rollout worker"),
          ""};
}

// First line that a command prints; empty when it fails.
std::string FirstLine(const char* command) {
  FILE* pipe = popen(command, "r");
  if (pipe == nullptr) return "";
  char line[256] = {};
  const bool got = fgets(line, sizeof(line), pipe) != nullptr;
  return pclose(pipe) == 0 && got ? std::string(absl::StripAsciiWhitespace(line)) : "";
}

Finding Redis() {
  const std::string version = FirstLine("redis-server --version 2>/dev/null");
  if (!version.empty()) return {Finding::kOk, "Redis", version, ""};
  return {Finding::kMissing, "Redis", "redis-server is not in PATH",
          "apt-get install redis-server"};
}

Finding Programs(const std::string& bin_dir) {
  std::vector<std::string> missing;
  for (const char* program : {"hir-replay", "hir-verifier", "hir-rollout", "hir-learner"}) {
    if (access(absl::StrCat(bin_dir, "/", program).c_str(), X_OK) != 0) missing.push_back(program);
  }
  if (missing.empty()) return {Finding::kOk, "services", absl::StrCat("all four in ", bin_dir), ""};
  return {Finding::kMissing, "services",
          absl::StrCat(bin_dir, " lacks ", absl::StrJoin(missing, ", ")), "make build"};
}

Finding Ports() {
  const auto ports = ReservedPorts::Take(8);
  if (ports.ok()) return {Finding::kOk, "ports", "free local ports are to be had", ""};
  return {Finding::kMissing, "ports", std::string(ports.status().message()),
          "sysctl -w net.ipv4.ip_local_port_range='1024 65535'"};
}

Finding Disk() {
  std::error_code error;
  const fs::space_info space = fs::space(".", error);
  const std::string detail =
      absl::StrFormat("%.1f GiB free here", static_cast<double>(space.available) / kGiB);
  if (!error && static_cast<double>(space.available) >= kDiskWanted) {
    return {Finding::kOk, "disk", detail, ""};
  }
  return {Finding::kMissing, "disk", detail + ", 8 GiB are wanted for checkpoints",
          "set output_dir to a larger disk"};
}

Finding Model(const std::string& model) {
  const absl::Status status = CheckModelFolder(model);
  if (status.ok()) return {Finding::kOk, "model", model, ""};
  return {Finding::kMissing, "model", std::string(status.message()), "make setup"};
}

Finding Checkers() {
  std::vector<std::string> disabled;
  size_t count = 0;
  for (const CheckerListing& checker : AllCheckers().List()) {
    ++count;
    if (!checker.disabled_reason.empty()) {
      disabled.push_back(absl::StrCat(checker.kind, " (", checker.disabled_reason, ")"));
    }
  }
  if (disabled.empty()) return {Finding::kOk, "checkers", absl::StrCat("all ", count), ""};
  // Nothing that most people need: a service to ask, or data that this project may not carry.
  return {
      Finding::kNote, "checkers",
      absl::StrCat(disabled.size(), " of ", count, " undecidable: ", absl::StrJoin(disabled, ", ")),
      ""};
}

Finding Sandbox() {
  const auto sandbox = remote::PythonSandbox::Start({});
  if (sandbox.ok()) {
    return {Finding::kOk, "sandbox",
            absl::StrCat("Python of data sets can be run (hir-verifier --python-checkers)",
                         (*sandbox)->has_landlock() ? "" : ", without Landlock"),
            ""};
  }
  return {Finding::kNote, "sandbox", std::string(sandbox.status().message()),
          "apt-get install bubblewrap"};
}

}  // namespace

std::vector<std::string> CpuFeatures(const std::string& cpuinfo) {
  const size_t begin = cpuinfo.find("\nflags");
  if (begin == std::string::npos) return {};
  const std::string line = cpuinfo.substr(begin + 1, cpuinfo.find('\n', begin + 1) - begin - 1);
  std::vector<std::string> features;
  for (const char* wanted : {"avx512_bf16", "amx_bf16"}) {
    for (const std::string& word : std::vector<std::string>(absl::StrSplit(line, ' '))) {
      if (word == wanted) features.push_back(word);
    }
  }
  return features;
}

std::vector<Finding> ExamineMachine(const std::string& bin_dir, const std::string& model) {
  return {Versions(), Cpu(),  Memory(),     Gpu(),      Programs(bin_dir), Redis(),
          Ports(),    Disk(), Model(model), Checkers(), Sandbox()};
}

}  // namespace hir
