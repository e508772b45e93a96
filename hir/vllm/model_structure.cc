#include "hir/vllm/model_structure.h"

#include <algorithm>
#include <regex>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

int64_t NumberOf(const std::string& digits) {
  int64_t number = 0;
  return absl::SimpleAtoi(digits, &number) ? number : 0;
}

// The number in the first match of `pattern`; 0 if there is none.
int64_t FirstNumber(const std::string& text, const char* pattern) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(pattern)) ? NumberOf(match[1]) : 0;
}

// Layers that are alike have one entry: "(0-29): 30 x LlamaDecoderLayer()(".
int64_t CountLayers(const std::string& text) {
  const std::regex entry(R"(\((\d+)(?:-(\d+))?\): (?:\d+ x )?\w+DecoderLayer\b)");
  int64_t layers = 0;
  for (std::sregex_iterator next(text.begin(), text.end(), entry), end; next != end; ++next) {
    const std::smatch& match = *next;
    layers = std::max(layers, NumberOf(match[2].matched ? match[2] : match[1]) + 1);
  }
  return layers;
}

}  // namespace

ModelStructure ReadStructure(const std::string& text) {
  return {.hidden_size = FirstNumber(text, R"(\bembedding_dim=(\d+))"),
          .layers = CountLayers(text),
          .head_dim = FirstNumber(text, R"(\bAttention\(head_size=(\d+))")};
}

absl::Status CheckStructure(const ModelStructure& structure, const Architecture& architecture) {
  const auto check = [](const char* what, int64_t said, int64_t wanted) -> absl::Status {
    if (said == 0 || said == wanted) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat("has ", what, " ", said,
                                                      ", but this worker's --model has ", wanted,
                                                      "; serve that model there"));
  };
  absl::Status status = check("hidden_size", structure.hidden_size, architecture.hidden_size);
  status.Update(check("num_hidden_layers", structure.layers, architecture.layers));
  status.Update(check("head_dim", structure.head_dim, architecture.head_dim));
  return status;
}

}  // namespace hir
