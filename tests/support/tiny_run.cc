#include "tests/support/tiny_run.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "tests/support/tiny_model.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kInstructions = 16;
constexpr uint64_t kModelSeed = 7;

// Ends the test: without its preparations its result would mean nothing.
void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "cannot prepare the test: " << status << "\n";
  std::abort();
}

// An untrained model draws bytes uniformly, so one in eight of its 16-token answers has an "e":
// there are many failures, and success is quickly learned.
json Letter() {
  return {{"kind", "keywords:letter_frequency"},
          {"arguments", {{"letter", "e"}, {"let_frequency", 1}, {"let_relation", "at least"}}},
          {"text", "Use the letter e at least once."}};
}

json NoComma() {
  return {
      {"kind", "punctuation:no_comma"}, {"arguments", json::object()}, {"text", "Use no commas."}};
}

std::string Instructions(TinyConstraints constraints, int first, int count) {
  json list = json::array({Letter()});
  if (constraints == TinyConstraints::kLetterAndNoComma) list.push_back(NoComma());
  std::string lines;
  for (int i = first; i < first + count; ++i) {
    const json record = {{"id", absl::StrCat("tiny-", i)},
                         {"question", absl::StrCat("Say something about number ", i, ".")},
                         {"constraints", list},
                         {"layout", 1 + i % 6}};
    absl::StrAppend(&lines, record.dump(), "\n");
  }
  return lines;
}

// Leases outlast the pauses of a loaded machine; tests that wait for one to expire shorten them.
std::string Config(const std::string& root, TinyConstraints constraints) {
  return absl::StrCat("name: tiny\nseed: 11\noutput_dir: ", root, "/runs\nmodel:\n  path: ", root,
                      "/model\n  dtype: f32\n  device: cpu\ndata:\n  train: ", root,
                      "/train.jsonl\n  held_out: ", root,
                      "/held_out.jsonl\nrollout:\n  train_batch_size: 8\n"
                      "  responses_per_prompt: 6\n  max_prompt_tokens: 256\n"
                      "  max_response_tokens: 16\n  deterministic: true\n  lease_seconds: 10\n"
                      "objective:\n  kl_coef: 0\n  updates_per_step: 2\noptimizer:\n  lr: 0.0005\n"
                      "learner:\n  total_steps: 6\n",
                      // A response that fails its only constraint can't be replayed.
                      constraints == TinyConstraints::kLetter ? "hindsight:\n  mode: off\n" : "");
}

}  // namespace

TinyRun::TinyRun(const std::string& name, TinyConstraints constraints)
    : root_(absl::StrCat(fs::temp_directory_path().string(), "/hir-", name, "-", getpid())) {
  fs::remove_all(root_);
  Require(WriteTinyModel(
      model_folder(), absl::StrCat(HIR_SOURCE_DIR, "/tests/fixtures/tiny_tokenizer"), kModelSeed));
  Require(WriteFileAtomically(root_ + "/train.jsonl", Instructions(constraints, 0, kInstructions)));
  Require(WriteFileAtomically(held_out_path(), Instructions(constraints, kInstructions, kHeldOut)));
  Require(WriteFileAtomically(config_path(), Config(root_, constraints)));
}

TinyRun::~TinyRun() { fs::remove_all(root_); }

std::unique_ptr<TestProcess> TinyRun::Start(const std::vector<std::string>& argv) {
  return std::make_unique<TestProcess>(argv, absl::StrCat(root_, "/output-", ++started_, ".log"));
}

std::unique_ptr<TestProcess> TinyRun::StartHir(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {absl::StrCat(HIR_BIN_DIR, "/hir")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Start(argv);
}

std::unique_ptr<TestProcess> TinyRun::StartTensorBoardReader() {
  return Start({HIR_DEPS_DIR "/venv/bin/python", HIR_SOURCE_DIR "/tests/python/tensorboard_read.py",
                folder()});
}

std::unique_ptr<TestProcess> TinyRun::StartTraining(const std::vector<std::string>& settings,
                                                    const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"train", config_path()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  for (const std::string& setting : settings) {
    arguments.push_back("--set");
    arguments.push_back(setting);
  }
  return StartHir(arguments);
}

std::vector<json> TinyRun::Metrics() const { return ReadJsonLines(folder() + "/metrics.jsonl"); }

std::vector<json> TinyRun::Evaluations() const { return ReadJsonLines(folder() + "/eval.jsonl"); }

std::vector<json> TinyRun::Rollouts() const {
  std::vector<json> records;
  if (!fs::exists(folder() + "/rollouts")) return records;
  for (const auto& entry : fs::directory_iterator(folder() + "/rollouts")) {
    for (json& record : ReadJsonLines(entry.path())) records.push_back(std::move(record));
  }
  return records;
}

std::string TinyRun::Address(const std::string& service) const {
  const json services = json::parse(ReadFile(folder() + "/services.json").value_or(""));
  return services.at(service).at("address").get<std::string>();
}

int TinyRun::MetricsPort(const std::string& service) const {
  const json services = json::parse(ReadFile(folder() + "/services.json").value_or(""));
  const std::string address = services.at(service).at("metrics").get<std::string>();
  return std::atoi(address.substr(address.rfind(':') + 1).c_str());
}

std::string TinyRun::Log(const std::string& service) const {
  return ReadFile(absl::StrCat(folder(), "/logs/", service, ".log")).value_or("");
}

std::vector<json> ParseJsonLines(const std::string& text) {
  std::vector<json> records;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    json record = json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
    if (record.is_object()) records.push_back(std::move(record));
  }
  return records;
}

std::vector<json> ReadJsonLines(const std::string& path) {
  return ParseJsonLines(ReadFile(path).value_or(""));
}

double MeanMetric(const std::vector<json>& metrics, const std::string& key, size_t begin,
                  size_t end) {
  double sum = 0;
  for (size_t i = begin; i < end; ++i) sum += metrics.at(i).at(key).get<double>();
  return sum / static_cast<double>(end - begin);
}

}  // namespace hir
