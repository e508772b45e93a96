#include "hir/domain/run_name.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

constexpr size_t kLongest = 64;

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

}  // namespace

absl::Status CheckRunName(std::string_view run) {
  const bool good = !run.empty() && run.size() <= kLongest && run != "." && run != ".." &&
                    std::all_of(run.begin(), run.end(), IsNameCharacter);
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the run's name is \"", absl::CHexEscape(std::string(run.substr(0, kLongest + 1))),
      "\" but must be 1 to 64 letters, digits, dots, dashes or underscores, and not ",
      "\".\" or \"..\"."));
}

}  // namespace hir
