// The programs themselves, given bad input: one sentence on standard error, the right exit code,
// and nothing started.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/supervisor/child_process.h"
#include "hir/supervisor/ports.h"
#include "hir/supervisor/services.h"
#include "hir/supervisor/supervisor.h"
#include "hir/testing/scratch_folder.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Result {
  int code = -1;
  std::string output;  // Both streams.
};

class ProcessTest : public ::testing::Test {
 protected:
  Result Run(const std::string& program, const std::vector<std::string>& arguments) {
    ProcessSpec spec = {.name = program, .log_path = folder_.Path("output")};
    spec.argv = {absl::StrCat(HIR_BIN_DIR, "/", program)};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    (void)std::filesystem::remove(spec.log_path);
    auto child = ChildProcess::Start(spec);
    if (!child.ok() || !(*child)->WaitFor(absl::Seconds(60))) return {};
    return {*(*child)->ExitCode(), ReadFile(spec.log_path).value_or("")};
  }
  Result Hir(const std::vector<std::string>& arguments) { return Run("hir", arguments); }
  std::string Write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(folder_.Path(name), text).ok());
    return folder_.Path(name);
  }
  // A configuration whose model and data can be found; `more` is added.
  std::string Config(const std::string& more = "") {
    const std::string fixture = absl::StrCat(HIR_SOURCE_DIR, "/tests/fixtures/models/llama/");
    Write("model/model.safetensors", ReadFile(fixture + "model.safetensors").value_or(""));
    auto model = nlohmann::json::parse(ReadFile(fixture + "config.json").value_or(""));
    model["max_position_embeddings"] = 4096;
    model["vocab_size"] = 258;  // The tokenizer's.
    Write("model/config.json", model.dump());
    const std::string tokenizer = absl::StrCat(HIR_SOURCE_DIR, "/tests/fixtures/tiny_tokenizer/");
    for (const char* file : {"tokenizer.json", "tokenizer_config.json"}) {
      Write(absl::StrCat("model/", file), ReadFile(tokenizer + file).value_or(""));
    }
    Write("train.jsonl",
          "{\"id\":\"a\",\"question\":\"Say "
          "it.\",\"constraints\":[{\"kind\":\"punctuation:no_comma\","
          "\"arguments\":{},\"text\":\"No commas.\"},{\"kind\":\"startend:quotation\","
          "\"arguments\":{},\"text\":\"Quote it.\"}],\"layout\":1}\n");
    return Write("run.yaml",
                 absl::StrCat("output_dir: ", folder_.Path("runs"),
                              "\nmodel:\n  path: ", folder_.Path("model"),
                              "\ndata:\n  train: ", folder_.Path("train.jsonl"), "\n", more));
  }
  bool NothingStarted() const { return !std::filesystem::exists(folder_.Path("runs")); }

  ScratchFolder folder_;
};

void ExpectOneSentence(const Result& result, int code, const std::string& part) {
  EXPECT_EQ(result.code, code) << result.output;
  EXPECT_THAT(result.output, HasSubstr(part));
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
}

TEST_F(ProcessTest, HelpIsThereForEveryCommand) {
  EXPECT_THAT(Hir({"--help"}).output, HasSubstr("Exit codes"));
  for (const char* command :
       {"train", "eval", "verify", "generate", "hindsight", "data", "report", "status", "doctor"}) {
    for (const char* flag : {"--help", "-h"}) {
      const Result result = Hir({command, flag});
      EXPECT_EQ(result.code, 0) << command;
      EXPECT_THAT(result.output, StartsWith(absl::StrCat("usage: hir ", command))) << command;
    }
  }
}

TEST_F(ProcessTest, AnUnknownCommandNamesTheNearest) {
  ExpectOneSentence(Hir({"trian"}), 2, "Did you mean \"train\"?");
}

TEST_F(ProcessTest, AnUnreadableConfigIsNamed) {
  ExpectOneSentence(Hir({"train", folder_.Path("none.yaml")}), 2, folder_.Path("none.yaml"));
}

TEST_F(ProcessTest, WhatTheArgumentsNameAndIsNotThereIsBadInputForEveryCommand) {
  const std::string config = Config();
  const std::string model = folder_.Path("model");
  const std::string suite = folder_.Path("train.jsonl");
  const std::string none = folder_.Path("none");
  const std::vector<std::vector<std::string>> commands = {
      {"train", none},
      {"train", config, "--set", "model.path=" + none},
      {"train", config, "--set", "data.train=" + none},
      {"train", config, "--verifier-flags", none},
      {"plan", none},
      {"plan", config, "--set", "model.path=" + none},
      {"eval", "--model", none, "--suite", suite},
      {"eval", "--model", model, "--suite", none},
      {"generate", "--model", none, "--prompt", "x"},
      {"generate", "--model", config, "--prompt", "x"},
      {"verify", "--input", none, "--output", folder_.Path("out")},
      {"verify", "--rescore", none},
      {"hindsight", "--step", "1", "--input", none},
      {"data", "check", none},
      {"data", "generate", "--tasks", none, "--output-train", folder_.Path("out"), "--held-out",
       "0"},
      {"report", none},
      {"dashboard", none},
      {"status", none},
      // A folder where a file is wanted.
      {"train", model},
      {"plan", model},
      {"data", "check", model},
      {"verify", "--input", model, "--output", folder_.Path("out")},
      {"hindsight", "--step", "1", "--input", model}};
  for (const std::vector<std::string>& command : commands) {
    SCOPED_TRACE(absl::StrJoin(command, " "));
    ExpectOneSentence(Hir(command), 2, folder_.path());
  }
  EXPECT_TRUE(NothingStarted());
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("out")));
}

TEST_F(ProcessTest, WhatAServiceIsToldToReadAndIsNotThereIsWrongUsage) {
  const std::string none = folder_.Path("none");
  for (const Result& result : {Run("hir-replay", {"--model", none}),
                               Run("hir-verifier", {"--tls-cert", none, "--tls-key", none})}) {
    EXPECT_EQ(result.code, 2) << result.output;
    EXPECT_THAT(result.output, HasSubstr(none));
  }
}

TEST_F(ProcessTest, AnUnknownKeyNamesTheLineAndTheNearest) {
  ExpectOneSentence(Hir({"train", Config("rollout:\n  temprature: 1\n")}), 2,
                    "line 7: unknown key \"rollout.temprature\". Did you mean "
                    "\"rollout.temperature\"?");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, AValueOutOfRangeNamesTheField) {
  ExpectOneSentence(Hir({"train", Config(), "--set", "rollout.top_p=2"}), 2, "rollout.top_p is 2");
}

TEST_F(ProcessTest, AMissingModelFolderIsNamed) {
  ExpectOneSentence(Hir({"train", Config(), "--set", "model.path=/no/such/model"}), 2,
                    "/no/such/model");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, AModelThatCannotBeComputedIsRefusedBeforeAnythingStarts) {
  const std::string config = Config();
  const auto expect = [&](const std::string& model_config, const std::string& part) {
    Write("model/config.json", model_config);
    ExpectOneSentence(Hir({"train", config, "--dry-run"}), 2, part);
    ExpectOneSentence(Hir({"generate", "--model", folder_.Path("model"), "--prompt", "x"}), 2,
                      part);
  };
  auto good = nlohmann::json::parse(ReadFile(folder_.Path("model/config.json")).value());
  auto quantised = good;
  quantised["quantization_config"] = {{"quant_method", "awq"}};
  expect(quantised.dump(), "quantised with awq");
  auto rope = good;
  rope["rope_scaling"] = {{"rope_type", "axial"}};
  expect(rope.dump(), "axial");
  good["max_position_embeddings"] = int64_t{1} << 60;
  expect(good.dump(), "max_position_embeddings");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, FilesThatArePipesAreRefusedWithoutWaiting) {
  const std::string config = Config();
  for (const char* file : {"run.yaml", "train.jsonl", "model/config.json",
                           "model/model.safetensors", "model/tokenizer.json"}) {
    const std::string path = folder_.Path(file);
    const std::string bytes = ReadFile(path).value();
    std::filesystem::remove(path);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    ExpectOneSentence(Hir({"train", config, "--dry-run"}), 2, absl::StrCat(path, " is a FIFO"));
    std::filesystem::remove(path);
    Write(file, bytes);
  }
}

TEST_F(ProcessTest, ABadLineOfTheDataIsNamed) {
  const std::string config = Config();
  Write("train.jsonl", "{\"question\": 3}\n");
  ExpectOneSentence(Hir({"train", config}), 2, "train.jsonl:1: ");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, ADryRunPrintsTheResolvedConfigurationAndStartsNothing) {
  const Result result = Hir({"train", Config(), "--set", "optimizer.lr=2e-5", "--dry-run"});
  EXPECT_EQ(result.code, 0) << result.output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("  lr: 2e-05"), HasSubstr("# 100 steps of 64"),
                                   HasSubstr("# 1 rollout worker: hir-rollout\n")));
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, ADryRunSaysWhereTheWorkersAreAndWhatTheyGenerateWith) {
  const std::string config = Config();
  EXPECT_THAT(Hir({"train", config, "--set=model.device=cpu", "--workers=2", "--dry-run"}).output,
              HasSubstr("# 2 rollout workers: hir-rollout, hir-rollout-1\n"));
  EXPECT_THAT(
      Hir({"train", config, "--engine=vllm", "--engine-url=http://a:1,http://b:1", "--dry-run"})
          .output,
      HasSubstr("# 2 rollout workers: hir-rollout with vLLM at http://a:1, "
                "hir-rollout-1 with vLLM at http://b:1\n"));
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, WorkersThatCannotBeAreRefusedBeforeAnythingStarts) {
  const std::string config = Config();
  ExpectOneSentence(Hir({"train", config, "--workers=0"}), 2, "--workers is 0");
  ExpectOneSentence(Hir({"train", config, "--engine=vllm", "--engine-url=http://a:1,http://a:1"}),
                    2, "has http://a:1 twice");
  ExpectOneSentence(Hir({"train", config, "--engine=vllm", "--engine-url=gpu:8000"}), 2,
                    "\"gpu:8000\" is not the address of a web server");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, ATokenizerThatCannotBeLoadedIsNamed) {
  const std::string config = Config();
  Write("model/tokenizer.json", "{}");
  ExpectOneSentence(Hir({"train", config}), 2, "tokenizer.json");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, ATokenizerWithMoreTokensThanTheModelIsFoundBeforeAnythingStarts) {
  const std::string config = Config();
  auto model = nlohmann::json::parse(ReadFile(folder_.Path("model/config.json")).value());
  model["vocab_size"] = 257;
  Write("model/config.json", model.dump());
  const std::string part = "\"<|im_end|>\" has id 257, but the model has rows for 257 tokens only";
  ExpectOneSentence(Hir({"train", config, "--dry-run"}), 2, part);
  ExpectOneSentence(Hir({"generate", "--model", folder_.Path("model"), "--prompt", "a"}), 2, part);
  const Result doctor = Hir({"doctor", "--model", folder_.Path("model")});
  EXPECT_EQ(doctor.code, 1);
  EXPECT_THAT(doctor.output, HasSubstr(part));
}

TEST_F(ProcessTest, AChatTemplateThatIsNotSupportedIsFoundBeforeAnythingStarts) {
  const std::string config = Config();
  Write("model/chat_template.jinja", "{{ messages | pprint }}");
  ExpectOneSentence(Hir({"train", config, "--dry-run"}), 2, "the filter 'pprint'");
  const Result doctor = Hir({"doctor", "--model", folder_.Path("model")});
  EXPECT_EQ(doctor.code, 1);
  EXPECT_THAT(doctor.output, HasSubstr("the filter 'pprint'"));
}

TEST_F(ProcessTest, APromptThatIsTooLongIsFoundBeforeAnythingStarts) {
  ExpectOneSentence(Hir({"train", Config(), "--set", "rollout.max_prompt_tokens=3", "--dry-run"}),
                    2, "train.jsonl have prompts of more than 3 tokens");
}

TEST_F(ProcessTest, AHeldOutPromptThatIsTooLongIsFoundBeforeAnythingStarts) {
  const std::string config = Config("eval:\n  every: 1\n");
  const std::string held_out =
      Write("held_out.jsonl", absl::StrCat(R"({"question":")", std::string(5000, 'w'),
                                           R"(","constraints":[{"kind":"punctuation:no_comma",)",
                                           R"("text":"No commas."}],"layout":1})", "\n"));
  ExpectOneSentence(Hir({"train", config, "--set", "data.held_out=" + held_out, "--dry-run"}), 2,
                    "held_out.jsonl have prompts of more than 4095 tokens");
}

// Records as the data sets publish them, written for this test.
constexpr char kIfRlvr[] =
    R"({"key": "p-1", "messages": [{"content": "Tell of the sea. Use no commas. Use at least 40 words.", "role": "user"}], "ground_truth": "[{'instruction_id': ['punctuation:no_comma', 'length_constraints:number_words'], 'kwargs': [None, {'num_words': 40, 'relation': 'at least'}]}]", "dataset": "ifeval", "constraint_type": "multi", "constraint": "Use no commas. Use at least 40 words."})"
    "\n";
constexpr char kFunctionNames[] =
    R"({"messages": [{"content": "Tell of the sea. Use about 40 words.", "role": "user"}], "ground_truth": "{\"func_name\": \"validate_word_constraint\", \"N\": 40, \"quantifier\": \"around\", \"word\": null}", "dataset": "ifeval", "constraint_type": "Number Words", "constraint": "Use about 40 words."})"
    "\n";
constexpr char kMulDimIf[] = R"([
 {"id": "m-1",
  "conversations": [{"role": "user", "content": "Tell of the sea.\nRules:\n1. The response must contain no more than 60 words\n2. The response must contain at least 2 sentences"}],
  "constraints": [["Length", "Words", "The response must contain no more than 60 words"],
                  ["Length", "Sentences", "The response must contain at least 2 sentences"]]}
])";

TEST_F(ProcessTest, EveryPublishedFormIsCheckedTrainedOnAndVerified) {
  const std::string parquet =
      absl::StrCat(HIR_SOURCE_DIR, "/tests/fixtures/parquet/verl_snappy.parquet");
  const std::string config = Config();
  struct Form {
    std::string file;
    std::string name;
    std::string replayable;
  };
  for (const Form& form :
       {Form{Write("a", kIfRlvr), "IF-RLVR", "1 can be"},
        Form{Write("b", kFunctionNames), "IF-RLVR", "0 can be"},
        Form{Write("c", kMulDimIf), "MulDimIF", "1 can be"}, Form{parquet, "verl", "0 can be"}}) {
    const Result check = Hir({"data", "check", form.file});
    EXPECT_EQ(check.code, 0) << check.output;
    EXPECT_THAT(check.output, AllOf(HasSubstr(absl::StrCat("(", form.name, " form)")),
                                    HasSubstr(form.replayable)));
    const Result train = Hir({"train", config, "--set", "data.train=" + form.file, "--set",
                              "hindsight.mode=off", "--dry-run"});
    EXPECT_EQ(train.code, 0) << train.output;
  }
  const std::string answered =
      absl::StrCat(std::string(kIfRlvr).substr(0, std::string(kIfRlvr).rfind('}')),
                   ", \"response\": \"Short it is.\"}\n");
  const Result verify =
      Hir({"verify", "--input", Write("d", answered), "--output", folder_.Path("out")});
  EXPECT_EQ(verify.code, 0) << verify.output;
  EXPECT_THAT(ReadFile(folder_.Path("out")).value_or(""),
              AllOf(HasSubstr("\"key\":\"p-1\""), HasSubstr("\"strict\":[true,false]")));
}

TEST_F(ProcessTest, FilesWithWeightsAndWhatCannotBeReplayedAreShown) {
  const std::string config = Config();
  const std::string one = Write("one", kFunctionNames), two = Write("two", kIfRlvr);
  const Result mixed = Hir({"train", config, "--dry-run", "--set",
                            absl::StrCat("data.train=[{file: ", one, ", weight: 3}, ", two, "]")});
  EXPECT_EQ(mixed.code, 0) << mixed.output;
  EXPECT_THAT(mixed.output, AllOf(HasSubstr("(75.0 % of the tasks: " + one + ")"),
                                  HasSubstr("note: only 25.0 % of the tasks can be replayed")));
  ExpectOneSentence(Hir({"train", config, "--dry-run", "--set", "data.train=" + one}), 2,
                    "no record of data.train can be replayed");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, AParquetFileThatIsCutIsOneSentence) {
  const std::string whole =
      ReadFile(absl::StrCat(HIR_SOURCE_DIR, "/tests/fixtures/parquet/verl_zstd.parquet")).value();
  const std::string cut = Write("cut", whole.substr(0, 500));
  ExpectOneSentence(Hir({"data", "check", cut}), 2,
                    cut + " is a truncated Parquet file; fetch it again");
  ExpectOneSentence(Hir({"train", Config(), "--set", "data.train=" + cut}), 2, cut);
}

TEST_F(ProcessTest, ASecondTrainOnARunIsRefusedAndWritesNothing) {
  const std::string config = Config();
  const std::string lock = Write("runs/twice/.lock", "");
  const int fd = open(lock.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
  const Result result = Hir({"train", config, "--set", "name=twice"});
  close(fd);
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("another `hir train` is at work on run twice"),
                                   HasSubstr(folder_.Path("runs/twice"))));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("runs/twice/config.yaml")));
}

TEST_F(ProcessTest, ANewLedgerWantsACheckpoint) {
  ExpectOneSentence(Hir({"train", Config(), "--new-ledger", "--set", "name=lost"}), 1,
                    "runs/lost has no checkpoint");
  EXPECT_TRUE(NothingStarted());
}

TEST_F(ProcessTest, VerifyWritesVerdictsInOrder) {
  const std::string input =
      Write("in.jsonl",
            "{\"key\":1,\"prompt\":\"p\",\"response\":\"a, b\",\"instruction_id_list\":"
            "[\"punctuation:no_comma\"],\"kwargs\":[{}]}\n"
            "{\"key\":2,\"prompt\":\"p\",\"response\":\"a b\",\"instruction_id_list\":"
            "[\"punctuation:no_comma\"],\"kwargs\":[{}]}\n");
  const Result result = Hir({"verify", "--input", input, "--output", folder_.Path("out.jsonl")});
  EXPECT_EQ(result.code, 0) << result.output;
  EXPECT_EQ(*ReadFile(folder_.Path("out.jsonl")),
            "{\"key\":1,\"instruction_id_list\":[\"punctuation:no_comma\"],\"strict\":[false],"
            "\"loose\":[false]}\n"
            "{\"key\":2,\"instruction_id_list\":[\"punctuation:no_comma\"],\"strict\":[true],"
            "\"loose\":[true]}\n");
}

TEST_F(ProcessTest, VerifyNamesTheBadLineAndWritesNothing) {
  const std::string input = Write("in.jsonl", "\n{\"response\":\"r\"}\n");
  ExpectOneSentence(Hir({"verify", "--input", input, "--output", folder_.Path("out.jsonl")}), 2,
                    "in.jsonl:2: instruction_id_list is missing");
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("out.jsonl")));
}

TEST_F(ProcessTest, StatusOfAnUnreachableReplayNamesTheAddress) {
  const ReservedPorts ports = ReservedPorts::Take(1).value();
  const int port = ports[0];
  const std::string address = absl::StrCat("127.0.0.1:", port);
  ExpectOneSentence(Hir({"status", "--connect", address, "--run", "demo"}), 1, address);
}

TEST_F(ProcessTest, StatusTakesTheFolderOfARunOrItsConfiguration) {
  const std::string config = Config("name: done\nlearner:\n  total_steps: 4\n");
  Write("runs/done/config.yaml", *ReadFile(config));
  Write("runs/done/metrics.jsonl", "{\"step\":1}\n{\"step\":2}\n");
  Write("runs/done/eval.jsonl", "{\"step\":2,\"prompt_strict\":0.25}\n");
  Write("runs/done/checkpoints/global_step_2/config.json", "{}");
  for (const std::string& run : {folder_.Path("runs/done"), folder_.Path("runs/done/"), config}) {
    const Result result = Hir({"status", run});
    EXPECT_EQ(result.code, 0) << result.output;
    EXPECT_THAT(result.output, AllOf(HasSubstr("no ring is up"), HasSubstr("2 of 4"),
                                     HasSubstr("runs/done/checkpoints/global_step_2"),
                                     HasSubstr("after step 2: prompts met strictly 25.0 %")));
  }
  ExpectOneSentence(Hir({"status", folder_.path()}), 2, "is not the folder of a run");
  ExpectOneSentence(Hir({"status"}), 2, "`hir status` takes");
  ExpectOneSentence(Hir({"status", config, "--run", "x"}), 2, "`hir status` takes");
}

TEST_F(ProcessTest, TrainRefusesARunOfAnotherFormatAlsoInADryRun) {
  const std::string config = Config("name: later\n");
  Write("runs/later/run.json", "{\"format\": 2}\n");
  for (const std::vector<std::string>& flags : {std::vector<std::string>(), {"--dry-run"}}) {
    std::vector<std::string> arguments = {"train", config};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    ExpectOneSentence(Hir(arguments), 1,
                      "runs/later is a run folder of format 2 but this version of HiR reads "
                      "format 1");
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("runs/later/config.yaml")));
}

TEST_F(ProcessTest, AnErrorOfAPrivateServiceNamesALogThatIsThere) {
  Config();
  const std::string suite =
      Write("suite.jsonl",
            "{\"key\":1,\"prompt\":\"p\",\"instruction_id_list\":[\"punctuation:no_comma\"],"
            "\"kwargs\":[{}]}\n");
  const std::string model = folder_.Path("model");
  for (const Result& result : {Hir({"generate", "--model", model, "--prompt", "Hi"}),
                               Hir({"eval", "--model", model, "--suite", suite})}) {
    EXPECT_EQ(result.code, 1) << result.output;
    const size_t begin = result.output.find("(log: ") + 6;
    ASSERT_NE(begin, std::string::npos + 6) << result.output;
    const std::string log = result.output.substr(begin, result.output.find(')', begin) - begin);
    EXPECT_TRUE(std::filesystem::exists(log)) << result.output;
    std::filesystem::remove_all(std::filesystem::path(log).parent_path());
  }
}

TEST_F(ProcessTest, ABusyPortIsNamedByTheService) {
  const ReservedPorts ports = ReservedPorts::Take(1).value();
  const int port = ports[0];
  Supervisor supervisor({});
  ASSERT_TRUE(
      supervisor
          .Start(RingService({.bin_dir = HIR_BIN_DIR, .log_dir = folder_.path(), .port = port},
                             "hir-verifier", {}),
                 [] { return false; })
          .ok());
  const Result result = Run("hir-verifier", {"--listen", absl::StrCat("127.0.0.1:", port)});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.output, HasSubstr(absl::StrCat("port ", port, " is in use")));
}

TEST_F(ProcessTest, AnUnreachableRedisIsNamedByReplay) {
  const Result result =
      Run("hir-replay", {"--redis", absl::StrCat("unix://", folder_.Path("none.sock")), "--model",
                         absl::StrCat(HIR_SOURCE_DIR, "/tests/fixtures/tiny_tokenizer")});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.output, HasSubstr("none.sock"));
}

}  // namespace
}  // namespace hir
