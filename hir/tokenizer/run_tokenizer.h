// Whether a tokenizer is the one of a run: prompts, responses and weights meet by token ids.
#ifndef HIR_TOKENIZER_RUN_TOKENIZER_H_
#define HIR_TOKENIZER_RUN_TOKENIZER_H_

#include <string>

#include "absl/status/status.h"

namespace hir {

// `run_digest` is what replay's ledger has of `run`, `digest` that of the tokenizer which `owner`,
// a folder or a service, came with. FAILED_PRECONDITION: they are not the same tokenizer.
absl::Status CheckRunTokenizer(const std::string& run, const std::string& run_digest,
                               const std::string& owner, const std::string& digest);

}  // namespace hir

#endif  // HIR_TOKENIZER_RUN_TOKENIZER_H_
