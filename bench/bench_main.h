// The main function that the benchmarks share.
#ifndef HIR_BENCH_BENCH_MAIN_H_
#define HIR_BENCH_BENCH_MAIN_H_

#include <filesystem>
#include <iostream>

#include "absl/flags/parse.h"
#include "absl/status/status.h"

namespace hir {

// Reads the program's flags and runs it; returns its exit code, after an error 1.
inline int BenchMain(int argc, char** argv, absl::Status (*run)()) {
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = run();
  if (status.ok()) return 0;
  std::cerr << std::filesystem::path(argv[0]).filename().string() << ": " << status.message()
            << std::endl;
  return 1;
}

}  // namespace hir

#endif  // HIR_BENCH_BENCH_MAIN_H_
