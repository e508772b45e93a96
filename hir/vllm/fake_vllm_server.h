// For tests: a vLLM server that misbehaves as told.
#ifndef HIR_VLLM_FAKE_VLLM_SERVER_H_
#define HIR_VLLM_FAKE_VLLM_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "hir/http/web_server.h"
#include "hir/weights/packed_weights.h"
#include "nlohmann/json.hpp"

namespace hir {

// What a fake server is asked to generate.
struct FakeVllmQuery {
  std::vector<int32_t> prompt;
  int responses = 1;
  int max_tokens = 1;
  int min_tokens = 0;
  std::vector<int32_t> stop_tokens;
};

// What a fake server computes with. Calls come from many threads.
class FakeVllmModel {
 public:
  // More of the response `choice`. `finish_reason`: null, "stop" or "length". Returns whether the
  // client still listens.
  using Emit =
      std::function<bool(int choice, int32_t token, float log_probability, const char* reason)>;

  virtual ~FakeVllmModel() = default;
  virtual int64_t vocabulary() const = 0;
  // Replaces the weights by those of a folder with model.safetensors.
  virtual absl::Status Load(const std::string& folder) = 0;
  // Log-probabilities of each of `tokens` but the first.
  virtual std::vector<float> Score(const std::vector<int32_t>& tokens) = 0;
  // Calls `emit` for each token of all responses; blocks until the last.
  virtual void Generate(const FakeVllmQuery& query, const Emit& emit) = 0;
};

// Draws any tokens, with log-probabilities that depend on them and on the bytes of the weights
// alone: a probe passes if and only if the server has loaded exactly the bytes that it was made of,
// which says nothing of a model's arithmetic.
class HashModel : public FakeVllmModel {
 public:
  explicit HashModel(int64_t vocabulary) : vocabulary_(vocabulary) {}

  // The probe of weights with these bytes.
  static WeightsProbe ProbeOf(const std::string& bytes);

  int64_t vocabulary() const override { return vocabulary_; }
  absl::Status Load(const std::string& folder) override;
  std::vector<float> Score(const std::vector<int32_t>& tokens) override;
  void Generate(const FakeVllmQuery& query, const Emit& emit) override;

 private:
  const int64_t vocabulary_;
  absl::Mutex mu_;
  std::string bytes_ ABSL_GUARDED_BY(mu_);  // Of the tensors.
};

enum class VllmFault {
  kNone,
  kLoading,        // Every answer is status 503,
  kHtml,           // Every answer is a web page,
  kError,          // or status 500,
  kForbidden,      // or status 403, as a gateway may answer.
  kNotAllowed,     // Generating only: status 400,
  kStreamRefuses,  // or an error of that code in the stream.
  kHang,           // A response stops after its first token.
  kCut,            // The connection ends there,
  kStreamError,    // or an error is reported.
  kOtherVersion,   // Other weights than were set are named.
  kNoVersion,      // None are.
  kForeignToken,   // A token that is not in the vocabulary.
  kNoCandidates,   // Missing are the likeliest tokens,
  kNoLogprobs,     // or all log-probabilities,
  kNotFinite,      // or -9999, which stands for NaN.
  kMoreChoices,    // A response that was not asked for.
  kFewerChoices,   // The last response never comes.
  kAborted,        // Responses end with the reason "abort".
  kReloadFails,    // Status 500 to reload_weights.
  kReloadIgnored,  // The old weights stay.
};

struct FakeVllmOptions {
  bool development = true;  // VLLM_SERVER_DEV_MODE.
  bool scale_out = true;    // --enable-scale-out.
  int64_t context = 1024;   // --max-model-len.
  int port = 0;             // 0 = a free one.
  std::string key;          // --api-key; empty = none is demanded.
  std::string structure;    // What it says of its model; empty = it does not know the question.
};

// Listens on a free port of this machine. Thread-safe.
class FakeVllmServer {
 public:
  // `model` must outlive it.
  explicit FakeVllmServer(FakeVllmModel& model, FakeVllmOptions options = {});
  ~FakeVllmServer();

  std::string url() const;
  // Misbehaves from now on; kNone ends it, also for responses that hang.
  void Break(VllmFault fault);
  // Another program changes what the server calls its weights.
  void SetVersion(const std::string& version);
  // The requests so far, without those that generate: "POST /pause?mode=wait" and so on.
  std::vector<std::string> calls() const;
  // The bodies of requests that generate.
  std::vector<nlohmann::json> queries() const;
  // Blocks until so many responses hang.
  bool AwaitHanging(int responses) const;

 private:
  class Answer;

  void Handle(const WebRequest& request, WebReply& reply);
  void Control(const WebRequest& request, WebReply& reply);
  void Generate(const WebRequest& request, bool completions, WebReply& reply);
  void Stream(const nlohmann::json& body, const FakeVllmQuery& query, bool completions,
              WebReply& reply);
  // Blocks until kHang ends, the client leaves or the server stops.
  void Hang(WebReply& reply);
  VllmFault fault() const;

  FakeVllmModel& model_;
  const FakeVllmOptions options_;
  mutable absl::Mutex mu_;
  VllmFault fault_ ABSL_GUARDED_BY(mu_) = VllmFault::kNone;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool paused_ ABSL_GUARDED_BY(mu_) = false;
  int hanging_ ABSL_GUARDED_BY(mu_) = 0;
  std::string version_ ABSL_GUARDED_BY(mu_) = "default";
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mu_);
  std::vector<nlohmann::json> queries_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<WebServer> server_;
};

}  // namespace hir

#endif  // HIR_VLLM_FAKE_VLLM_SERVER_H_
