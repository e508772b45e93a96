// Makes a model folder of trained adapters. Free of Torch.
#ifndef HIR_TRAIN_EXPORT_MODEL_H_
#define HIR_TRAIN_EXPORT_MODEL_H_

#include <string>

#include "absl/status/status.h"
#include "hir/config/choices.h"

namespace hir {

struct ExportOptions {
  std::string adapters;  // Folder of a checkpoint of adapters, or one that PEFT wrote.
  std::string base;      // Model folder; empty = the one that the adapters' folder names.
  std::string output;    // Must not exist.
  Dtype dtype = Dtype::kBf16;
};

// Writes the Hugging Face folder `output`: the base model with the adapters merged into it, which
// are the weights that were served if `dtype` is the run's model.dtype. Blocks for the disk.
// ALREADY_EXISTS: `output` exists. NOT_FOUND, INVALID_ARGUMENT: adapters or base model are missing
// or do not fit; the message names file and field or tensor. UNAVAILABLE: it can't be written.
absl::Status ExportModel(const ExportOptions& options);

}  // namespace hir

#endif  // HIR_TRAIN_EXPORT_MODEL_H_
