#include "hir/model_folder/read_windows.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/model_folder/families.h"
#include "hir/model_folder/read_rope.h"

namespace hir {
namespace {

using nlohmann::json;

constexpr char kSliding[] = "sliding_attention";
constexpr char kFull[] = "full_attention";

// Whether each layer slides, by layer_types.
std::vector<bool> ReadKinds(ConfigFields& config, int64_t layers) {
  const json& kinds = config.object()["layer_types"];
  const bool fits = kinds.is_array() && static_cast<int64_t>(kinds.size()) == layers;
  if (!config.Check(fits, "layer_types",
                    absl::StrCat("must be a list of num_hidden_layers, ", layers, ", names"))) {
    return {};
  }
  std::vector<bool> sliding;
  for (const json& kind : kinds) {
    config.Check(
        kind == kSliding || kind == kFull, "layer_types",
        "names another kind than full_attention and sliding_attention, which are supported");
    sliding.push_back(kind == kSliding);
  }
  return sliding;
}

// All layers slide or, where sliding_window is null, none.
std::vector<bool> AllLayers(ConfigFields& config, int64_t layers) {
  const bool none = config.object().contains("sliding_window") && !config.Has("sliding_window");
  const std::vector<bool> sliding(layers, !none);
  config.Check(none || config.Flag("use_sliding_window", true), "use_sliding_window",
               "is false, which Transformers ignores; write \"sliding_window\": null for attention "
               "without a window");
  if (config.Has("layer_types")) {
    config.Check(ReadKinds(config, layers) == sliding, "layer_types",
                 "names other layers than those that slide by sliding_window: all, or none if it "
                 "is null");
  }
  return sliding;
}

std::vector<bool> Pattern(ConfigFields& config, int64_t layers) {
  if (config.Has("layer_types")) return ReadKinds(config, layers);
  const int64_t period = config.Positive("sliding_window_pattern", kMostPositions, 6);
  std::vector<bool> sliding;
  for (int64_t layer = 0; layer < layers; ++layer) sliding.push_back((layer + 1) % period != 0);
  return sliding;
}

}  // namespace

void ReadWindows(ConfigFields& config, Architecture& out) {
  const Family& family = FamilyOf(out.family);
  if (family.windows == WindowRule::kNone || family.windows == WindowRule::kOptIn) return;
  out.sliding_layers = family.windows == WindowRule::kAllLayers ? AllLayers(config, out.layers)
                                                                : Pattern(config, out.layers);
  const bool any = std::find(out.sliding_layers.begin(), out.sliding_layers.end(), true) !=
                   out.sliding_layers.end();
  if (any) {
    out.sliding_window = config.object().contains("sliding_window")
                             ? config.Positive("sliding_window", kMostPositions)
                             : family.sliding_window;
  }
  if (!any) out.sliding_rope_theta = 0;
  if (out.sliding_rope_theta == 0 && out.sliding_window >= out.max_position) out.sliding_window = 0;
  if (out.sliding_window == 0) out.sliding_layers.clear();
}

}  // namespace hir
