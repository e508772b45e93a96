#include "hir/tokenizer/run_tokenizer.h"

#include "absl/strings/str_cat.h"

namespace hir {

absl::Status CheckRunTokenizer(const std::string& run, const std::string& run_digest,
                               const std::string& owner, const std::string& digest) {
  if (run_digest == digest) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("run '", run, "' makes its prompts with tokenizer ", run_digest, ", but ", owner,
                   " has tokenizer ", digest, "; give --model the folder the run was made with"));
}

}  // namespace hir
