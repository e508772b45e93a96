#include "hir/vllm/event_stream.h"

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {

absl::Status EventStream::Push(std::string_view bytes,
                               absl::FunctionRef<absl::Status(std::string_view)> on_event) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() > kMaxEventBytes) {
      return absl::FailedPreconditionError(
          absl::StrCat("an event of the stream has more than ", kMaxEventBytes, " bytes"));
    }
    if (end == std::string_view::npos) return absl::OkStatus();
    bytes.remove_prefix(end + 1);
    std::string_view data = line_;
    if (data.ends_with('\r')) data.remove_suffix(1);
    // Blank lines, comments and fields that this protocol does not use.
    if (data.starts_with("data:")) {
      data.remove_prefix(5);
      if (data.starts_with(' ')) data.remove_prefix(1);
      if (data == "[DONE]") {
        done_ = true;
      } else {
        HIR_RETURN_IF_ERROR(on_event(data));
      }
    }
    line_.clear();
  }
  return absl::OkStatus();
}

}  // namespace hir
