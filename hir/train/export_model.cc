#include "hir/train/export_model.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "hir/model/lora.h"
#include "hir/model/packer.h"

namespace hir {

absl::Status ExportModel(const ExportOptions& options) {
  try {
    return MergeAdapters(options.adapters, options.base, options.output, ServedType(options.dtype));
  } catch (const std::exception& error) {
    const std::string what = error.what();
    return absl::InternalError(
        absl::StrCat("the model could not be made: ", what.substr(0, what.find('\n'))));
  }
}

}  // namespace hir
