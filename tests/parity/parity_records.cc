#include "tests/parity/parity_records.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <tuple>

namespace hir {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Suite, model and key; the key as JSON, since some are numbers and some are strings.
using ResponseKey = std::tuple<std::string, std::string, std::string>;
using Responses = std::map<ResponseKey, std::string>;

std::vector<json> ReadLines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<json> records;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) records.push_back(json::parse(line));
  }
  return records;
}

std::vector<fs::path> FilesOf(const std::string& folder, std::string_view prefix,
                              std::string_view suffix) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix) && name.ends_with(suffix)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

ResponseKey KeyOf(const json& record) {
  return {record.at("suite"), record.at("model"), record.at("key").dump()};
}

Responses ReadRealResponses(const std::string& folder) {
  Responses responses;
  for (const fs::path& path : FilesOf(folder, "", "_real.jsonl")) {
    for (const json& record : ReadLines(path)) responses[KeyOf(record)] = record.at("response");
  }
  return responses;
}

char Letter(const json& verdict) {
  if (verdict.is_boolean()) return verdict.get<bool>() ? '1' : '0';
  if (verdict == "raises") return 'r';
  throw std::runtime_error("unknown verdict " + verdict.dump());
}

std::string Letters(const json& verdicts) {
  std::string letters;
  for (const json& verdict : verdicts) letters.push_back(Letter(verdict));
  return letters;
}

std::vector<bool> RandomOf(const json& source, const char* flag) {
  std::vector<bool> random(source.at("kwargs").size(), false);
  if (!source.contains("flags")) return random;
  for (const json& index : source.at("flags").value(flag, json::array())) {
    random.at(index.get<size_t>()) = true;
  }
  return random;
}

// MulDimIF: one constraint per record, a triple of texts, with one verdict.
void AddTriple(const json& source, ParityRecord& record) {
  const json& triple = source.at("constraint");
  record.kinds = {"muldimif:" + triple.at(0).get<std::string>() + "/" +
                  triple.at(1).get<std::string>()};
  record.arguments = {{{"text", triple.at(2)}}};
  record.strict = Letter(source.at("verdict"));
  record.random = {false};
}

ParityRecord ToRecord(const json& source, const Responses& responses) {
  ParityRecord record;
  record.key = source.at("key").dump();
  record.response = source.contains("response") ? source.at("response").get<std::string>()
                                                : responses.at(KeyOf(source.at("response_of")));
  if (source.contains("constraint")) {
    AddTriple(source, record);
    return record;
  }
  record.kinds = source.at("instruction_id_list");
  record.arguments = source.at("kwargs").get<std::vector<json>>();
  record.strict = Letters(source.at("strict"));
  record.loose = Letters(source.at("loose"));
  record.variants = source.at("variants");
  record.random = RandomOf(source, "random_args");
  if (source.contains("strict_hir")) {
    record.strict_2025 = Letters(source.at("strict_hir"));
    record.loose_2025 = Letters(source.at("loose_hir"));
    record.random_2025 = RandomOf(source, "random_args_hir");
  }
  return record;
}

}  // namespace

std::vector<ParityFile> ReadParityFiles(const std::string& folder, std::string_view suite) {
  const Responses responses = ReadRealResponses(folder);
  std::vector<ParityFile> files;
  for (const fs::path& path : FilesOf(folder, std::string(suite) + "_", ".jsonl")) {
    ParityFile& file = files.emplace_back();
    file.name = path.stem();
    for (const json& source : ReadLines(path)) file.records.push_back(ToRecord(source, responses));
  }
  return files;
}

}  // namespace hir
