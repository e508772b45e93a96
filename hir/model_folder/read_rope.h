// The rope settings of config.json.
#ifndef HIR_MODEL_FOLDER_READ_ROPE_H_
#define HIR_MODEL_FOLDER_READ_ROPE_H_

#include "absl/status/status.h"
#include "hir/model_folder/architecture.h"
#include "hir/model_folder/config_fields.h"

namespace hir {

// The longest sequence allowed: float32, in which angles are computed, can't distinguish more
// positions.
inline constexpr int64_t kMostPositions = int64_t{1} << 24;

// Sets rope_theta, rope_scaling, sliding_rope_theta and max_position of `out`, whose family and
// head_dim are set, as Transformers 5.17 understands the top level of config.json, `config`:
// - `rope_scaling`, if present and not empty, takes precedence over `rope_parameters`;
//   - the base is rope_theta of that object, else of the top level, else 10,000;
//   - the type is its rope_type, else its type, else "default";
//   - original_max_position_embeddings is that of the top level, else of the object, else
//     max_position_embeddings.
// Sequences may be factor times as long as max_position_embeddings for the types linear and
// dynamic, factor times as long as the original length for yarn.
//
// In a family with settings for each kind of layer (rope_by_kind), those of full layers are
// rope_parameters.full_attention, over which rope_scaling is laid, with the top level's rope_theta
// as the fallback of the base; those of sliding layers are rope_parameters.sliding_attention, with
// rope_local_base_freq as fallback, and may only be of type default.
//
// INVALID_ARGUMENT: a type that isn't implemented, settings per kind of layer in another family, a
// rotation of only a part of the head, a field that is missing or out of range.
absl::Status ReadRope(ConfigFields& config, Architecture& out);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_READ_ROPE_H_
