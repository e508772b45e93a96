#include "hir/http/api_key.h"

#include <algorithm>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"

namespace hir {
namespace {

absl::StatusOr<std::string> CheckKey(const std::string& source, const std::string& text) {
  std::string key(absl::StripAsciiWhitespace(text));
  // A line break would begin another header.
  const auto in_header = [](unsigned char c) { return absl::ascii_isgraph(c); };
  if (std::all_of(key.begin(), key.end(), in_header)) return key;
  return absl::InvalidArgumentError(
      absl::StrCat(source,
                   " must hold the key alone, in one line of printable ASCII characters "
                   "without blanks"));
}

}  // namespace

absl::StatusOr<std::string> ReadApiKey(const std::string& flag, const std::string& path,
                                       const char* variable) {
  if (path.empty()) {
    const char* value = variable == nullptr ? nullptr : std::getenv(variable);
    return CheckKey(variable == nullptr ? "" : variable, value == nullptr ? "" : value);
  }
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) {
    return absl::Status(text.status().code(), absl::StrCat(flag, ": ", text.status().message()));
  }
  absl::StatusOr<std::string> key = CheckKey(absl::StrCat(flag, " ", path), *text);
  if (key.ok() && key->empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, " ", path, " is empty; write the key into it"));
  }
  return key;
}

}  // namespace hir
