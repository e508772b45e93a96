// The tokenizer that most tests use.
#ifndef HIR_TOKENIZER_SMOLLM2_FOR_TEST_H_
#define HIR_TOKENIZER_SMOLLM2_FOR_TEST_H_

#include <cstdlib>
#include <iostream>
#include <string>

#include "hir/tokenizer/tokenizer.h"

namespace hir {

inline std::string SmolLM2Folder() {
  return std::string(HIR_DEPS_DIR) + "/models/SmolLM2-135M-Instruct";
}

// Loaded once per process. Ends the test with a message if the folder was not prepared.
inline const Tokenizer& SmolLM2() {
  static const auto& loaded = *new auto(Tokenizer::Load(SmolLM2Folder()));
  if (!loaded.ok()) {
    std::cerr << loaded.status() << "\nPrepare the model first: tools/setup.sh, or "
              << "tools/prepare_model.py " << SmolLM2Folder() << std::endl;
    std::_Exit(1);  // Not exit(), since other threads may be running.
  }
  return **loaded;
}

}  // namespace hir

#endif  // HIR_TOKENIZER_SMOLLM2_FOR_TEST_H_
