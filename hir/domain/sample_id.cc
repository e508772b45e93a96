#include "hir/domain/sample_id.h"

#include "absl/strings/str_cat.h"

namespace hir {

std::string NameOf(const SampleId& id) { return absl::StrCat("sample ", id.task, "/", id.sample); }

}  // namespace hir
