#include "hir/domain/response.h"

namespace hir {

const char* FinishReasonName(FinishReason reason) {
  return reason == FinishReason::kLength ? "length" : "stop";
}

}  // namespace hir
