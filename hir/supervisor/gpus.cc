#include "hir/supervisor/gpus.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hir {
namespace {

bool NamesAGpu(const std::string& entry, int devices) {
  int number = 0;
  if (absl::SimpleAtoi(entry, &number)) return number >= 0 && number < devices;
  // A UUID (GPU-... or MIG-...), which only the driver can look up.
  return !entry.empty();
}

}  // namespace

std::vector<std::string> VisibleGpus(const char* variable, int devices) {
  std::vector<std::string> gpus;
  if (variable == nullptr) {
    for (int i = 0; i < devices; ++i) gpus.push_back(absl::StrCat(i));
    return gpus;
  }
  for (const std::string& raw : std::vector<std::string>(absl::StrSplit(variable, ','))) {
    const std::string entry(absl::StripAsciiWhitespace(raw));
    if (!NamesAGpu(entry, devices)) break;
    gpus.push_back(entry);
  }
  return gpus;
}

std::vector<std::string> VisibleGpus() {
  int devices = 0;
  std::error_code error;
  while (std::filesystem::exists(absl::StrCat("/dev/nvidia", devices), error)) ++devices;
  return VisibleGpus(std::getenv("CUDA_VISIBLE_DEVICES"), devices);
}

}  // namespace hir
