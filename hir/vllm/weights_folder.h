// The folder through which a vLLM server gets new weights.
#ifndef HIR_VLLM_WEIGHTS_FOLDER_H_
#define HIR_VLLM_WEIGHTS_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hir/base/file_lock.h"
#include "hir/domain/weights_id.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// Holds one subfolder per version, weights-INCARNATION.VERSION, with model.safetensors and the
// model's config.json and nothing else, since a server loads every safetensors file that it finds.
// Files in the folder that are not of this form are left alone. Not thread-safe.
class WeightsFolder {
 public:
  // Makes `path` if it is missing, and removes what an earlier worker left in it. `model` is the
  // model folder, whose config.json is copied. FAILED_PRECONDITION: nothing can be written there,
  // or another worker uses it. Errors of reading config.json.
  static absl::StatusOr<std::unique_ptr<WeightsFolder>> Open(const std::string& path,
                                                             const std::string& model);

  // Writes `weights` under a temporary name, syncs and renames: the returned subfolder, an absolute
  // path, is whole. UNAVAILABLE: it can't be written, e.g. because the disk is full; nothing of it
  // is left.
  absl::StatusOr<std::string> Write(const WeightsId& version, const PackedWeights& weights);

  // Removes every version but `kept`, the result of a Write(); empty keeps none.
  void RemoveOthers(const std::string& kept);

 private:
  WeightsFolder(std::string path, std::string config, std::unique_ptr<FileLock> lock);

  absl::Status WriteInto(const std::string& folder, const PackedWeights& weights);

  const std::string path_;    // Absolute.
  const std::string config_;  // The bytes of config.json.
  const std::unique_ptr<FileLock> lock_;
};

}  // namespace hir

#endif  // HIR_VLLM_WEIGHTS_FOLDER_H_
