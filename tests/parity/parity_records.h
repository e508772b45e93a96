// Reads verdicts of the official Python, one record per line of a JSON lines file.
#ifndef HIR_TESTS_PARITY_PARITY_RECORDS_H_
#define HIR_TESTS_PARITY_PARITY_RECORDS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json.hpp"

namespace hir {

// A response and the official checkers' verdicts on each of its constraints.
struct ParityRecord {
  std::string key;
  std::string response;
  std::vector<std::string> kinds;
  std::vector<nlohmann::json> arguments;
  // Per constraint: '1' true, '0' false, 'r' raises.
  std::string strict;
  std::string loose;                  // MulDimIF has only strict verdicts.
  std::vector<std::string> variants;  // Eight such characters per constraint.
  std::vector<bool> random;           // The official code drew a random argument: no verdict.
  // IFBench: the same of its older copy; empty elsewhere.
  std::string strict_2025;
  std::string loose_2025;
  std::vector<bool> random_2025;
};

struct ParityFile {
  std::string name;  // Without folder and ".jsonl".
  std::vector<ParityRecord> records;
};

// Every file <suite>_*.jsonl of `folder` by name. A record that refers to a real response of the
// folder's *_real.jsonl files gets that text. Throws on a file that is not as expected.
std::vector<ParityFile> ReadParityFiles(const std::string& folder, std::string_view suite);

}  // namespace hir

#endif  // HIR_TESTS_PARITY_PARITY_RECORDS_H_
