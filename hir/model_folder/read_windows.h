// The attention windows of config.json.
#ifndef HIR_MODEL_FOLDER_READ_WINDOWS_H_
#define HIR_MODEL_FOLDER_READ_WINDOWS_H_

#include "hir/model_folder/architecture.h"
#include "hir/model_folder/config_fields.h"

namespace hir {

// Sets sliding_layers and sliding_window of `out` as the family's WindowRule says; needs layers,
// max_position and sliding_rope_theta of `out`. A window that no sequence exceeds is none, unless
// sliding layers are also rotated in another way.
//
// Records as an error of `config` a window that isn't a whole number above 0, kinds of layers that
// aren't known or don't fit the number of layers, and fields that would mean other windows to other
// readers than Transformers.
void ReadWindows(ConfigFields& config, Architecture& out);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_READ_WINDOWS_H_
