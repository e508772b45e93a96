// The engine against a server that misbehaves.
#include "hir/vllm/vllm_engine.h"

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/model_folder/expected_tensors.h"
#include "hir/testing/patience.h"
#include "hir/testing/scratch_folder.h"
#include "hir/vllm/fake_vllm_server.h"
#include "hir/vllm/likeliest.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kVocabulary = 50;

const Architecture kArchitecture = {.vocab_size = kVocabulary,
                                    .hidden_size = 8,
                                    .layers = 1,
                                    .heads = 2,
                                    .kv_heads = 1,
                                    .head_dim = 4,
                                    .intermediate_size = 8,
                                    .max_position = 64,
                                    .tie_embeddings = true};

PackedWeights Weights(char seed, const Architecture& architecture = kArchitecture) {
  PackedWeights weights;
  for (const auto& [name, shape] : ExpectedTensors(architecture)) {
    weights.tensors.push_back({name, "F32", shape});
  }
  weights.bytes.assign(TotalBytes(weights.tensors).value(), seed);
  weights.probe = HashModel::ProbeOf(weights.bytes);
  return weights;
}

WeightsId Version(int64_t version, const PackedWeights& weights) {
  return {.incarnation = 1, .version = version, .digest = WeightsDigest(weights), .run = "run"};
}

// Collects what a request's callbacks are given.
class Results {
 public:
  GenerationRequest Request(std::vector<uint32_t> samples = {0, 1}, int max_tokens = 4) {
    GenerationRequest request;
    request.key = 7;
    request.prompt = {1, 2};
    request.samples = std::move(samples);
    request.settings.max_response_tokens = max_tokens;
    request.on_done = [this](uint32_t sample, absl::StatusOr<FinishedResponse> response) {
      absl::MutexLock lock(&mu_);
      EXPECT_TRUE(done_.emplace(sample, std::move(response)).second) << sample << " ended twice";
    };
    return request;
  }

  bool Await(size_t count) const {
    const auto there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return done_.size() >= count; };
    absl::MutexLock lock(&mu_);
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }
  absl::StatusOr<FinishedResponse> Of(uint32_t sample) const {
    absl::MutexLock lock(&mu_);
    return done_.at(sample);
  }
  size_t size() const {
    absl::MutexLock lock(&mu_);
    return done_.size();
  }

 private:
  mutable absl::Mutex mu_;
  std::map<uint32_t, absl::StatusOr<FinishedResponse>> done_ ABSL_GUARDED_BY(mu_);
};

class VllmEngineTest : public testing::Test {
 protected:
  VllmEngineTest() {
    EXPECT_TRUE(WriteArchitecture(folder_.path(), kArchitecture, "float32").ok());
  }

  absl::StatusOr<std::unique_ptr<VllmEngine>> Open(const std::string& url) {
    return VllmEngine::Open(folder_.path(), {.url = url,
                                             .key = key_,
                                             .weights_folder = weights_folder_,
                                             .run = "run",
                                             .dtype = Dtype::kF32,
                                             .most_tokens = 32,
                                             .patience = {.silence = patience_},
                                             .stopped = stopped_});
  }
  // An engine that serves version 0 of incarnation 1.
  std::unique_ptr<VllmEngine> Ready(FakeVllmServer& server) {
    std::unique_ptr<VllmEngine> engine = *Open(server.url());
    engine->Start();
    const PackedWeights weights = Weights('0');
    const auto serving = Swap(*engine, 0, weights);
    EXPECT_TRUE(serving.ok()) << serving.status();
    return engine;
  }
  absl::StatusOr<WeightsId> Swap(VllmEngine& engine, int64_t version, const PackedWeights& weights,
                                 absl::Duration patience = kPatience) {
    return engine.SwapWeights(Version(version, weights), weights, absl::Now() + patience);
  }
  std::string WhyRefused(const std::string& url, absl::StatusCode code) {
    const absl::Status status = Open(url).status();
    EXPECT_EQ(status.code(), code) << status;
    return std::string(status.message());
  }

  ScratchFolder folder_;
  std::string weights_folder_ = folder_.path() + "/weights";
  std::string key_;
  absl::Duration patience_ = kPatience;
  std::function<bool()> stopped_ = [] { return false; };
  HashModel model_{kVocabulary};
};

using OpenVllmEngine = VllmEngineTest;

TEST_F(OpenVllmEngine, WaitsForAServerThatIsNotUpYet) {
  auto server = std::make_unique<FakeVllmServer>(model_);
  const std::string url = server->url();
  const int port = std::stoi(url.substr(url.rfind(':') + 1));
  server = nullptr;
  int asked = 0;
  stopped_ = [&] {
    if (++asked == 1) {
      server = std::make_unique<FakeVllmServer>(model_, FakeVllmOptions{.port = port});
      server->Break(VllmFault::kLoading);
    } else {
      server->Break(VllmFault::kNone);
    }
    return false;
  };
  const auto engine = Open(url);
  EXPECT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ(asked, 2);
}

TEST_F(OpenVllmEngine, WaitsNoLongerThanItsCallerWants) {
  std::string url;
  {
    FakeVllmServer server(model_);
    url = server.url();
  }
  stopped_ = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(Open(url).status()));
}

TEST_F(OpenVllmEngine, IsRefusedWhereEveryAnswerIsAnError) {
  FakeVllmServer server(model_);
  server.Break(VllmFault::kError);
  EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kUnavailable),
              AllOf(HasSubstr("vLLM at " + server.url()), HasSubstr("status 500"),
                    HasSubstr("--engine-url must be the address of a running vLLM server")));
}

TEST_F(OpenVllmEngine, IsRefusedWhereAWebPageAnswers) {
  FakeVllmServer server(model_);
  server.Break(VllmFault::kHtml);
  EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
              AllOf(HasSubstr("/v1/models answers with something else than a JSON object"),
                    HasSubstr("<html>"), HasSubstr("--engine-url must be")));
}

TEST_F(OpenVllmEngine, IsRefusedWithoutTheKeyThatTheServerDemands) {
  FakeVllmServer server(model_, {.key = "sesame"});
  EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
              AllOf(HasSubstr("/v1/models answers with status 401: \"Unauthorized\""),
                    EndsWith("give the key of the server's --api-key by --engine-api-key-file or "
                             "VLLM_API_KEY")));
  key_ = "simsim";
  EXPECT_THAT(
      WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
      AllOf(HasSubstr("since it refuses the one that it was shown"), Not(HasSubstr("simsim"))));
  key_ = "sesame";
  const auto engine = Open(server.url());
  EXPECT_TRUE(engine.ok()) << engine.status();
}

TEST_F(OpenVllmEngine, IsRefusedWhereEveryAnswerIsForbidden) {
  FakeVllmServer server(model_);
  server.Break(VllmFault::kForbidden);
  EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
              AllOf(HasSubstr("status 403"), HasSubstr("--engine-api-key-file")));
}

TEST_F(VllmEngineTest, ShowsItsKeyWithEveryRequest) {
  key_ = "sesame";
  for (const bool scale_out : {true, false}) {
    FakeVllmServer server(model_, {.scale_out = scale_out, .key = key_});
    const auto engine = Ready(server);
    Results results;
    ASSERT_TRUE(engine->Submit(results.Request()).ok());
    ASSERT_TRUE(results.Await(2));
    EXPECT_TRUE(results.Of(0).ok()) << results.Of(0).status();
  }
}

TEST_F(OpenVllmEngine, IsRefusedWithoutDevelopmentMode) {
  FakeVllmServer server(model_, {.development = false});
  EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
              HasSubstr("start it with VLLM_SERVER_DEV_MODE=1"));
}

TEST_F(OpenVllmEngine, IsRefusedWhereTheModelHasAnotherVocabulary) {
  HashModel smaller(kVocabulary - 1), larger(kVocabulary + 1);
  for (HashModel* model : {&smaller, &larger}) {
    FakeVllmServer server(*model);
    EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
                HasSubstr("than the 50 tokens of this worker's --model"));
  }
}

TEST_F(OpenVllmEngine, IsRefusedWhereTheModelHasOtherSizes) {
  const auto structure = [](int width) {
    return absl::StrCat("(embed_tokens): VocabParallelEmbedding(embedding_dim=", width, ")");
  };
  FakeVllmServer same(model_, {.structure = structure(8)});
  const auto engine = Open(same.url());
  EXPECT_TRUE(engine.ok()) << engine.status();
  FakeVllmServer other(model_, {.structure = structure(16)});
  weights_folder_ += "-other";
  EXPECT_THAT(WhyRefused(other.url(), absl::StatusCode::kFailedPrecondition),
              HasSubstr("the model \"fake\" of vLLM at " + other.url() +
                        " has hidden_size 16, but this worker's --model has 8; serve that model"));
}

TEST_F(OpenVllmEngine, IsRefusedWhereTheContextIsTooShortForTheRun) {
  FakeVllmServer server(model_, {.context = 31});
  EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
              AllOf(HasSubstr("takes 31 tokens"), HasSubstr("--max-model-len 32")));
}

TEST_F(OpenVllmEngine, IsRefusedWhereTheWeightsFolderIsAFile) {
  FakeVllmServer server(model_);
  ASSERT_TRUE(WriteFileAtomically(weights_folder_, "x").ok());
  EXPECT_THAT(WhyRefused(server.url(), absl::StatusCode::kFailedPrecondition),
              HasSubstr("--weights-folder " + weights_folder_ + " can't be used"));
}

TEST_F(OpenVllmEngine, ResumesAServerThatAnEarlierWorkerLeftPaused) {
  FakeVllmServer server(model_);
  VllmClient client(server.url(), "", {});
  ASSERT_TRUE(client.Pause(kPatience).ok());
  const auto engine = Open(server.url());
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_FALSE(client.IsPaused().value());
}

TEST_F(OpenVllmEngine, WithoutARunServesWhatTheServerHas) {
  FakeVllmServer server(model_);
  const auto engine =
      VllmEngine::Open(folder_.path(), {.url = server.url(), .weights_folder = weights_folder_});
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_TRUE((*engine)->Status().ready);
  (*engine)->Start();
  Results results;
  ASSERT_TRUE((*engine)->Submit(results.Request()).ok());
  ASSERT_TRUE(results.Await(2));
  EXPECT_TRUE(results.Of(0).ok()) << results.Of(0).status();
}

TEST_F(VllmEngineTest, GeneratesNothingBeforeTheFirstWeightsAreProven) {
  FakeVllmServer server(model_);
  const std::unique_ptr<VllmEngine> engine = *Open(server.url());
  engine->Start();
  EXPECT_FALSE(engine->Status().ready);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request()).ok());
  EXPECT_EQ(engine->Status().waiting, 2);
  EXPECT_THAT(server.queries(), IsEmpty());
  ASSERT_TRUE(Swap(*engine, 3, Weights('3')).ok());
  EXPECT_TRUE(engine->Status().ready);
  ASSERT_TRUE(results.Await(2));
  ASSERT_TRUE(results.Of(0).ok()) << results.Of(0).status();
  EXPECT_EQ(results.Of(0)->spans[0].weights, Version(3, Weights('3')));
}

TEST_F(VllmEngineTest, GivesWhatTheServerDrewWithItsVersionAndASampledEntropy) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request({5, 9}, 3)).ok());
  ASSERT_TRUE(results.Await(2));
  const FinishedResponse response = results.Of(9).value();
  EXPECT_EQ(response.key, 7u);
  EXPECT_EQ(response.sample, 9u);
  ASSERT_EQ(response.tokens.size(), 3u);
  EXPECT_EQ(response.finish_reason, FinishReason::kLength);
  std::vector<int32_t> scored = {0};
  scored.insert(scored.end(), response.tokens.begin(), response.tokens.end());
  EXPECT_EQ(response.log_probabilities, model_.Score(scored));
  double sum = 0;
  for (const float value : response.log_probabilities) sum -= value;
  EXPECT_NEAR(response.entropy_mean, sum / 3, 1e-6);
  EXPECT_EQ(response.entropy_source, EntropySource::kSampled);
  ASSERT_EQ(response.spans.size(), 1u);
  EXPECT_EQ(response.spans[0].weights, Version(0, Weights('0')));
  EXPECT_NE(results.Of(5)->tokens, response.tokens);
  EXPECT_EQ(server.queries().size(), 1u);
  EXPECT_EQ(engine->Status().generated_tokens, 6u);
  EXPECT_EQ(engine->Status().running, 0);
}

TEST_F(VllmEngineTest, EndsAResponseAtAStopToken) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  Results whole, cut;
  ASSERT_TRUE(engine->Submit(whole.Request({0}, 8)).ok());
  ASSERT_TRUE(whole.Await(1));
  GenerationRequest request = cut.Request({0}, 8);
  request.stop_tokens = {whole.Of(0)->tokens[2]};
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  ASSERT_TRUE(cut.Await(1));
  EXPECT_EQ(cut.Of(0)->finish_reason, FinishReason::kStop);
  EXPECT_LE(cut.Of(0)->tokens.size(), 3u);
}

TEST_F(VllmEngineTest, DrawsNoStopTokenBeforeTheMinimum) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  Results results;
  GenerationRequest request = results.Request({0}, 8);
  request.settings.min_tokens = 5;
  for (int32_t token = 0; token + 1 < kVocabulary; ++token) request.stop_tokens.push_back(token);
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  ASSERT_TRUE(results.Await(1));
  ASSERT_TRUE(results.Of(0).ok()) << results.Of(0).status();
  EXPECT_GE(results.Of(0)->tokens.size(), 5u);
}

// The model's log-probability of a token depends on the token alone, so its likeliest are always
// the same.
std::vector<std::pair<int32_t, float>> Pairs(const std::vector<TokenLogprob>& tokens) {
  std::vector<std::pair<int32_t, float>> pairs;
  for (const TokenLogprob& token : tokens) pairs.emplace_back(token.token, token.log_probability);
  return pairs;
}

TEST_F(VllmEngineTest, GivesTheLikeliestTokensAndTheScoresOfThePrompt) {
  for (const bool scale_out : {true, false}) {
    FakeVllmServer server(model_, {.scale_out = scale_out});
    const auto engine = Ready(server);
    std::vector<int32_t> all = {0};
    std::vector<TokenLogprob> expected;
    for (int32_t token = 0; token < kVocabulary; ++token) all.push_back(token);
    const std::vector<float> values = model_.Score(all);
    for (int32_t token = 0; token < kVocabulary; ++token) {
      expected.push_back({token, values[static_cast<size_t>(token)]});
    }
    expected = Likeliest(expected, 3);
    Results results;
    GenerationRequest request = results.Request({0, 1}, 4);
    request.prompt = {7, 8, 9};
    request.settings.top_logprobs = 3;
    request.settings.score_prompt = true;
    std::vector<std::vector<TokenLogprob>> shown;
    request.on_token = [&](uint32_t sample, const ScoredToken& token) {
      if (sample == 0) shown.push_back(token.likeliest);
      return false;
    };
    ASSERT_TRUE(engine->Submit(std::move(request)).ok());
    ASSERT_TRUE(results.Await(2));
    const auto response = results.Of(0);
    ASSERT_TRUE(response.ok()) << response.status();
    ASSERT_EQ(response->likeliest.size(), 4u);
    for (const auto& likeliest : response->likeliest) {
      EXPECT_EQ(Pairs(likeliest), Pairs(expected));
    }
    ASSERT_EQ(shown.size(), 4u);
    EXPECT_EQ(Pairs(shown[3]), Pairs(expected));
    ASSERT_NE(response->prompt_scores, nullptr);
    EXPECT_EQ(response->prompt_scores, results.Of(1)->prompt_scores);
    const std::vector<ScoredToken>& scores = *response->prompt_scores;
    ASSERT_EQ(scores.size(), 3u);
    EXPECT_EQ(scores[0].token, 7);
    EXPECT_EQ(scores[2].log_probability, model_.Score({7, 8, 9})[1]);
    EXPECT_EQ(Pairs(scores[2].likeliest), Pairs(expected));
  }
}

TEST_F(VllmEngineTest, EndsWhenTheLikeliestTokensAreMissing) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(VllmFault::kNoCandidates);
  Results results;
  GenerationRequest request = results.Request({0});
  request.settings.top_logprobs = 2;
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  ASSERT_TRUE(results.Await(1));
  EXPECT_THAT(std::string(engine->Status().health.message()),
              HasSubstr("answers with 0 of the 2 likeliest tokens"));
}

TEST_F(VllmEngineTest, EndsAResponseWhereTheContextDoes) {
  FakeVllmServer server(model_, {.context = 32});
  const auto engine = Ready(server);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request({0}, 1000)).ok());
  ASSERT_TRUE(results.Await(1));
  EXPECT_EQ(results.Of(0)->tokens.size(), 30u);
}

TEST_F(VllmEngineTest, ShowsTokensAsTheyComeAndEndsAResponseThere) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  Results results;
  GenerationRequest request = results.Request({0, 1}, 1000 / 20);
  std::map<uint32_t, int> seen;
  request.on_token = [&](uint32_t sample, const ScoredToken&) { return ++seen[sample] == 3; };
  ASSERT_TRUE(engine->Submit(std::move(request)).ok());
  ASSERT_TRUE(results.Await(2));
  for (const uint32_t sample : {0u, 1u}) {
    EXPECT_EQ(results.Of(sample)->tokens.size(), 3u);
    EXPECT_EQ(results.Of(sample)->finish_reason, FinishReason::kStop);
    EXPECT_EQ(seen[sample], 3);
  }
  EXPECT_TRUE(engine->Status().health.ok());
}

TEST_F(VllmEngineTest, UsesCompletionsWhereTheServerDoesNotScaleOut) {
  FakeVllmServer server(model_, {.scale_out = false});
  const auto engine = Ready(server);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request()).ok());
  ASSERT_TRUE(results.Await(2));
  ASSERT_TRUE(results.Of(1).ok()) << results.Of(1).status();
  EXPECT_EQ(results.Of(1)->tokens.size(), 4u);
  EXPECT_EQ(results.Of(1)->spans[0].weights, Version(0, Weights('0')));
}

TEST_F(VllmEngineTest, AsksWhichWeightsDrewACompletion) {
  FakeVllmServer server(model_, {.scale_out = false});
  const auto engine = Ready(server);
  server.SetVersion("9.9");
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request()).ok());
  ASSERT_TRUE(results.Await(2));
  EXPECT_THAT(std::string(results.Of(0).status().message()),
              HasSubstr("has the weights \"9.9\", but this worker serves \"1.0\""));
  EXPECT_FALSE(engine->Status().health.ok());
}

TEST_F(VllmEngineTest, CancelsARequestThatTheServerIsStillAnswering) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(VllmFault::kHang);
  Results results;
  const uint64_t id = engine->Submit(results.Request()).value();
  ASSERT_TRUE(server.AwaitHanging(1));
  EXPECT_EQ(engine->Status().running, 2);
  engine->Cancel(id);
  ASSERT_TRUE(results.Await(2));
  EXPECT_TRUE(absl::IsCancelled(results.Of(0).status()));
  EXPECT_TRUE(absl::IsCancelled(results.Of(1).status()));
  EXPECT_TRUE(engine->Status().health.ok());
  EXPECT_EQ(engine->Status().running, 0);
}

TEST_F(VllmEngineTest, CancelsEverythingWhenItStops) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(VllmFault::kHang);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request()).ok());
  ASSERT_TRUE(server.AwaitHanging(1));
  engine->Stop();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_TRUE(absl::IsCancelled(results.Of(0).status()));
  EXPECT_TRUE(absl::IsUnavailable(engine->Submit(results.Request()).status()));
}

TEST_F(VllmEngineTest, RefusesSettingsThatAServerCanNotHave) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  Results results;
  const auto refusal = [&](auto change) {
    GenerationRequest request = results.Request();
    change(request.settings);
    return engine->Submit(std::move(request)).status();
  };
  const absl::Status hot = refusal([](GenerationSettings& s) { s.temperature = 0.7; });
  EXPECT_EQ(hot.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(hot.message()),
              AllOf(HasSubstr("temperature is 0.7"), HasSubstr("--engine local")));
  EXPECT_TRUE(refusal([](GenerationSettings& s) { s.temperature = 0; }).ok());
  EXPECT_TRUE(results.Await(2));
}

TEST_F(VllmEngineTest, ARequestThatTheServerRefusesFailsAlone) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  for (const VllmFault fault : {VllmFault::kNotAllowed, VllmFault::kStreamRefuses}) {
    server.Break(fault);
    Results refused;
    ASSERT_TRUE(engine->Submit(refused.Request()).ok());
    ASSERT_TRUE(refused.Await(2));
    EXPECT_EQ(refused.Of(1).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(refused.Of(1).status().message()), HasSubstr("n is too large"));
  }
  server.Break(VllmFault::kNone);
  Results good;
  ASSERT_TRUE(engine->Submit(good.Request()).ok());
  ASSERT_TRUE(good.Await(2));
  EXPECT_TRUE(good.Of(1).ok()) << good.Of(1).status();
}

struct BrokenServer {
  VllmFault fault;
  const char* name;
  const char* message;
};

class BrokenServerTest : public VllmEngineTest, public testing::WithParamInterface<BrokenServer> {};

TEST_P(BrokenServerTest, EndsTheEngineInOneSentenceAndEveryResponseWithIt) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(GetParam().fault);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request({0, 1, 2})).ok());
  ASSERT_TRUE(results.Await(3));
  const absl::Status health = engine->Status().health;
  EXPECT_THAT(std::string(health.message()),
              AllOf(HasSubstr("vLLM at " + server.url()), HasSubstr(GetParam().message)));
  // Responses that ended before the fault are good.
  int failed = 0;
  for (const uint32_t sample : {0u, 1u, 2u}) {
    if (results.Of(sample).ok()) continue;
    ++failed;
    EXPECT_EQ(results.Of(sample).status(), health);
  }
  EXPECT_GT(failed, 0);
  EXPECT_FALSE(engine->Status().ready);
  server.Break(VllmFault::kNone);
  EXPECT_EQ(engine->Submit(results.Request()).status(), health);
  EXPECT_EQ(Swap(*engine, 1, Weights('1')).status(), health);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BrokenServerTest,
    testing::Values(
        BrokenServer{VllmFault::kHtml, "WebPage", "ends its answer before the end"},
        BrokenServer{VllmFault::kError, "Status500", "answers with status 500"},
        BrokenServer{VllmFault::kCut, "Cut", "ends its answer before the end"},
        BrokenServer{VllmFault::kStreamError, "ReportedError", "reports an error: \"dead\""},
        BrokenServer{VllmFault::kOtherVersion, "OtherVersion",
                     "tokens of the weights \"9.9\", but this worker serves \"1.0\""},
        BrokenServer{VllmFault::kNoVersion, "NoVersion", "weight_versions of 0 of 4 tokens"},
        BrokenServer{VllmFault::kForeignToken, "ForeignToken", "outside the vocabulary of 50"},
        BrokenServer{VllmFault::kNoLogprobs, "NoLogprobs", "not one log-probability per token"},
        BrokenServer{VllmFault::kNotFinite, "NotFinite", "log-probability -9999"},
        BrokenServer{VllmFault::kMoreChoices, "MoreChoices", "choice 3, but 3 were asked for"},
        BrokenServer{VllmFault::kFewerChoices, "FewerChoices", "2 responses of the 3"},
        BrokenServer{VllmFault::kAborted, "Aborted", "for the reason \"abort\""}),
    [](const auto& test) { return test.param.name; });

TEST_F(VllmEngineTest, EndsWhenTheServerIsSilentForTooLong) {
  patience_ = absl::Seconds(2);
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(VllmFault::kHang);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request()).ok());
  ASSERT_TRUE(results.Await(2));
  EXPECT_THAT(std::string(engine->Status().health.message()), HasSubstr("nothing arrived for 2s"));
}

TEST_F(VllmEngineTest, EndsWhenTheServerDiesInMidResponse) {
  auto server = std::make_unique<FakeVllmServer>(model_);
  const auto engine = Ready(*server);
  server->Break(VllmFault::kHang);
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request({0})).ok());
  ASSERT_TRUE(server->AwaitHanging(1));
  server->Break(VllmFault::kCut);
  ASSERT_TRUE(results.Await(1));
  EXPECT_TRUE(absl::IsUnavailable(results.Of(0).status())) << results.Of(0).status();
  EXPECT_FALSE(engine->Status().health.ok());
}

using VllmSwap = VllmEngineTest;

TEST_F(VllmSwap, ReloadsUnderAPauseAndNamesTheWeightsOnceTheyAreProven) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  const size_t before = server.calls().size();
  ASSERT_TRUE(Swap(*engine, 1, Weights('1')).ok());
  std::vector<std::string> calls = server.calls();
  calls.erase(calls.begin(), calls.begin() + static_cast<int64_t>(before));
  EXPECT_THAT(calls, ElementsAre("POST /pause?mode=wait", "POST /collective_rpc",
                                 "POST /reset_prefix_cache", "POST /resume",
                                 "POST /update_weight_version"));
  EXPECT_EQ(engine->Status().serving, Version(1, Weights('1')));
  Results results;
  ASSERT_TRUE(engine->Submit(results.Request()).ok());
  ASSERT_TRUE(results.Await(2));
  ASSERT_TRUE(results.Of(0).ok()) << results.Of(0).status();
  EXPECT_EQ(results.Of(0)->spans[0].weights.version, 1);
  EXPECT_TRUE(fs::exists(weights_folder_ + "/weights-1.1"));
  EXPECT_FALSE(fs::exists(weights_folder_ + "/weights-1.0"));
}

TEST_F(VllmSwap, WaitsForRunningResponsesAndHoldsLaterOnesBack) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(VllmFault::kHang);
  Results old, later;
  ASSERT_TRUE(engine->Submit(old.Request({0})).ok());
  ASSERT_TRUE(server.AwaitHanging(1));
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(Swap(*engine, 1, Weights('1'), absl::Milliseconds(10)).status()));
  absl::StatusOr<WeightsId> swapped = absl::UnknownError("");
  std::thread swap([&] { swapped = Swap(*engine, 1, Weights('1')); });
  while (!engine->Status().swap_waiting) std::this_thread::yield();
  ASSERT_TRUE(engine->Submit(later.Request({0})).ok());
  EXPECT_EQ(engine->Status().waiting, 1);
  server.Break(VllmFault::kNone);
  swap.join();
  ASSERT_TRUE(swapped.ok()) << swapped.status();
  ASSERT_TRUE(old.Await(1));
  ASSERT_TRUE(later.Await(1));
  EXPECT_EQ(old.Of(0)->spans[0].weights.version, 0);
  EXPECT_EQ(later.Of(0)->spans[0].weights.version, 1);
}

TEST_F(VllmSwap, OfWhatIsServedIsDoneAtOnceAndOfOlderWeightsRefused) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  ASSERT_TRUE(Swap(*engine, 2, Weights('2')).ok());
  const size_t calls = server.calls().size();
  EXPECT_TRUE(Swap(*engine, 2, Weights('2')).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Swap(*engine, 1, Weights('1')).status()));
  EXPECT_EQ(server.calls().size(), calls);
  EXPECT_TRUE(engine->Status().health.ok());
}

TEST_F(VllmSwap, KeepsTheOldWeightsWhereTheBytesOrTheirTypeAreWrong) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  const PackedWeights weights = Weights('1');
  const auto swap = [&](const PackedWeights& sent) {
    return engine->SwapWeights(Version(1, weights), sent, absl::Now() + kPatience).status();
  };
  EXPECT_TRUE(absl::IsDataLoss(swap(Weights('2'))));
  PackedWeights other_type = weights;
  for (PackedTensor& tensor : other_type.tensors) tensor.dtype = "BF16";
  EXPECT_TRUE(absl::IsFailedPrecondition(swap(other_type)));
  EXPECT_TRUE(absl::IsFailedPrecondition(swap({})));
  EXPECT_EQ(engine->Status().serving.version, 0);
  EXPECT_TRUE(engine->Status().health.ok());
}

TEST_F(VllmSwap, OfAnotherModelEndsAnEngineThatHasNoneYetBeforeItsServerIsTouched) {
  FakeVllmServer server(model_);
  Architecture deeper = kArchitecture;
  deeper.layers = 2;
  const PackedWeights other = Weights('1', deeper);
  const std::unique_ptr<VllmEngine> fresh = *Open(server.url());
  const size_t calls = server.calls().size();
  const absl::Status status = Swap(*fresh, 1, other).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("weights version 1 are not of this worker's --model: the manifest has"),
            HasSubstr("start worker and vLLM server with the run's model")));
  EXPECT_EQ(fresh->Status().health, status);
  EXPECT_FALSE(fresh->Status().ready);
  EXPECT_EQ(server.calls().size(), calls);
}

TEST_F(VllmSwap, OfAnotherModelLeavesTheOldWeightsInUse) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  PackedWeights other = Weights('1');
  std::swap(other.tensors[0].shape[0], other.tensors[0].shape[1]);
  EXPECT_TRUE(absl::IsFailedPrecondition(Swap(*engine, 1, other).status()));
  EXPECT_TRUE(engine->Status().health.ok());
  EXPECT_EQ(engine->Status().serving.version, 0);
}

TEST_F(VllmSwap, EndsTheEngineWhereTheServerCanNotReload) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(VllmFault::kReloadFails);
  EXPECT_THAT(std::string(Swap(*engine, 1, Weights('1')).status().message()),
              AllOf(HasSubstr("/collective_rpc"), HasSubstr("out of memory"),
                    HasSubstr("let it serve the run's model, with " + weights_folder_)));
  EXPECT_FALSE(engine->Status().health.ok());
  EXPECT_EQ(engine->Status().serving.version, 0);
}

TEST_F(VllmSwap, EndsTheEngineWhereTheServerKeepsOtherWeights) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  server.Break(VllmFault::kReloadIgnored);
  const absl::Status status = Swap(*engine, 1, Weights('1')).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("does not compute with weights version 1"),
                    HasSubstr("nats on average from the learner's")));
  EXPECT_EQ(engine->Status().health, status);
  EXPECT_EQ(VllmClient(server.url(), "", {}).Version().value(), "1.0");
}

TEST_F(VllmSwap, EndsTheEngineWhereTheWeightsHaveNoProbe) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  PackedWeights weights = Weights('1');
  weights.probe = {};
  EXPECT_THAT(std::string(Swap(*engine, 1, weights).status().message()),
              HasSubstr("came without a probe"));
  EXPECT_FALSE(engine->Status().health.ok());
}

TEST_F(VllmSwap, EndsTheEngineWhereTheWeightsFolderCanNotBeWrittenAnyMore) {
  FakeVllmServer server(model_);
  const auto engine = Ready(server);
  fs::remove_all(weights_folder_);
  ASSERT_TRUE(WriteFileAtomically(weights_folder_, "a file").ok());
  EXPECT_THAT(std::string(Swap(*engine, 1, Weights('1')).status().message()),
              HasSubstr("weights version 1 can't be put into --weights-folder"));
  EXPECT_FALSE(engine->Status().health.ok());
}

}  // namespace
}  // namespace hir
