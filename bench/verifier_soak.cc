// Sends many streams of long responses through a hir-verifier process to a replay service that
// stalls now and then. Fails unless every response is stored once, answered once and completely
// decided, within the memory that docs/verifier.md states. The last line of the output is a JSON
// object.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "bench/bench_main.h"
#include "grpcpp/client_context.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/response_check.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/server.h"
#include "hir/supervisor/local_ring.h"
#include "hir/supervisor/ports.h"
#include "hir/supervisor/services.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(int, streams, 64, "at once");
ABSL_FLAG(int, seconds, 60, "that each stream sends");
ABSL_FLAG(int, bytes, 100'000, "of one response's text");
ABSL_FLAG(int, max_pending_responses, 64, "of one stream: the verifier's flag");

namespace hir {
namespace {

using common::v1::Response;
using common::v1::SampleId;

// A replay service that discards the bytes and remembers only the ids. Stalls for the fifth second
// of every ten.
class SlowReplay final : public replay::v1::Replay::Service {
 public:
  size_t stored() const {
    absl::MutexLock lock(&mutex_);
    return stored_.size();
  }
  size_t wrong() const { return wrong_; }

 private:
  grpc::Status Insert(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<replay::v1::InsertResult, common::v1::Chunk>* stream) override {
    ChunkJoiner joiner;
    for (common::v1::Chunk chunk; stream->Read(&chunk);) {
      const auto whole = joiner.Add(chunk);
      if (!whole.ok() || !*whole) continue;
      while (absl::ToInt64Seconds(absl::Now() - start_) % 10 == 5) {
        absl::SleepFor(absl::Milliseconds(50));
      }
      common::v1::ScoredResponse scored;
      wrong_ += !scored.ParseFromString(joiner.Take()) ||
                scored.verdicts_size() != scored.response().instruction().constraints_size();
      replay::v1::InsertResult result;
      const SampleId& id = scored.response().id();
      *result.mutable_id() = id;
      {
        absl::MutexLock lock(&mutex_);
        result.set_outcome(stored_.emplace(id.task(), id.sample()).second
                               ? replay::v1::InsertResult::STORED
                               : replay::v1::InsertResult::DUPLICATE);
      }
      stream->Write(result);
    }
    return grpc::Status::OK;
  }

  const absl::Time start_ = absl::Now();
  std::atomic<size_t> wrong_ = 0;
  mutable absl::Mutex mutex_;
  std::set<std::pair<uint64_t, uint32_t>> stored_ ABSL_GUARDED_BY(mutex_);
};

// Constraints of every kind of work: scans, words, sentences, a pattern, JSON.
Response MakeResponse(const std::string& text) {
  static const std::pair<const char*, const char*> kConstraints[] = {
      {"punctuation:no_comma", "{}"},
      {"length_constraints:number_words", R"({"relation": "at least", "num_words": 100})"},
      {"length_constraints:number_sentences", R"({"relation": "at least", "num_sentences": 5})"},
      {"keywords:existence", R"({"keywords": ["river", "absent"]})"},
      {"detectable_format:json_format", "{}"},
      {"regex:present", R"({"pattern": "r[a-z]+r\\b"})"}};
  Response response;
  response.set_schema_version(kResponseSchema);
  response.mutable_id()->set_run("soak");
  response.set_fencing_token(1);
  response.set_step(1);
  for (const auto& [kind, arguments] : kConstraints) {
    auto& constraint = *response.mutable_instruction()->add_constraints();
    constraint.set_kind(kind);
    constraint.set_arguments_json(arguments);
    constraint.set_text(kind);
  }
  response.mutable_instruction()->set_question("?");
  response.mutable_instruction()->set_layout(common::v1::LAYOUT_SPACE);
  response.add_prompt_token_ids(1);
  response.add_token_ids(1);
  response.add_logprobs(-1);
  response.set_text(text);
  response.set_finish_reason(common::v1::FINISH_REASON_STOP);
  response.mutable_sampling()->set_max_response_tokens(1);
  response.mutable_sampling()->set_temperature(1);
  response.add_versions()->mutable_weights()->set_run("soak");
  response.set_worker("soak");
  return response;
}

std::string MakeText(size_t bytes) {
  std::string text;
  while (text.size() < bytes)
    text += "Down the river, it ran; nobody saw \"why\".\nA new day begins! ";
  text.resize(bytes);
  return text;
}

struct Counts {
  std::atomic<size_t> sent = 0, acknowledged = 0, verdicts = 0, refused = 0, broken_streams = 0;
};

void Stream(verifier::v1::Verifier::Stub& stub, uint64_t task, absl::Time end, Counts& counts) {
  grpc::ClientContext context;
  const auto stream = stub.VerifyStream(&context);
  std::thread writer([&] {
    verifier::v1::VerifyStreamRequest request;
    *request.mutable_response() = MakeResponse(MakeText(absl::GetFlag(FLAGS_bytes)));
    SampleId& id = *request.mutable_response()->mutable_id();
    id.set_task(task);
    for (uint32_t sample = 0; absl::Now() < end; ++sample) {
      id.set_sample(sample);
      if (!stream->Write(request)) break;
      ++counts.sent;
    }
    stream->WritesDone();
  });
  for (verifier::v1::VerifyStreamResponse answer; stream->Read(&answer);) {
    counts.verdicts += static_cast<size_t>(answer.verdicts().strict_size());
    counts.acknowledged += answer.has_ack() ? 1 : 0;
    counts.refused += answer.has_ack() && !answer.ack().refused().empty() ? 1 : 0;
  }
  writer.join();
  counts.broken_streams += stream->Finish().ok() ? 0 : 1;
}

// The process' peak memory in MiB.
double PeakMemory(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("VmHWM:", 0) != 0) continue;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    double kibibytes = 0;
    if (words.size() > 1 && absl::SimpleAtod(words[1], &kibibytes)) return kibibytes / 1024;
  }
  return 0;
}

// The bound of docs/verifier.md in MiB: per stream, the responses that wait for replay, twice (as
// received and as forwarded), the connection's buffers, and the derived forms of a text that is
// being decided.
double MemoryBound() {
  const double response = absl::GetFlag(FLAGS_bytes) / 1048576.0;
  return 128 + absl::GetFlag(FLAGS_streams) *
                   (2 + (2.0 * absl::GetFlag(FLAGS_max_pending_responses) + 25) * response);
}

absl::Status Soak() {
  SlowReplay replay;
  HIR_ASSIGN_OR_RETURN(const auto server,
                       RpcServer::Start({}, {{replay::v1::Replay::service_full_name(), &replay}}));
  char folder[] = "/tmp/hir-soak-XXXXXX";
  if (mkdtemp(folder) == nullptr) return absl::UnavailableError("can't make a folder in /tmp.");
  HIR_ASSIGN_OR_RETURN(const ReservedPorts ports, ReservedPorts::Take(1));
  Supervisor supervisor({});
  HIR_RETURN_IF_ERROR(supervisor.Start(
      RingService(
          {.bin_dir = ProgramFolder(), .log_dir = folder, .port = ports[0]}, "hir-verifier",
          {"--replay", absl::StrCat("127.0.0.1:", server->port()),
           absl::StrCat("--max-pending-responses=", absl::GetFlag(FLAGS_max_pending_responses))}),
      [] { return false; }));
  const pid_t pid = supervisor.PidOf("hir-verifier");
  const double before = PeakMemory(pid);

  Counts counts;
  const absl::Time begin = absl::Now();
  std::vector<std::thread> streams;
  // One channel per stream, since streams of one channel share a connection.
  for (int i = 0; i < absl::GetFlag(FLAGS_streams); ++i) {
    streams.emplace_back([&, i] {
      const auto channel = MakeChannel(absl::StrCat("127.0.0.1:", ports[0]));
      const auto stub = verifier::v1::Verifier::NewStub(*channel);
      Stream(*stub, static_cast<uint64_t>(i), begin + absl::Seconds(absl::GetFlag(FLAGS_seconds)),
             counts);
    });
  }
  for (std::thread& stream : streams) stream.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  const double peak = PeakMemory(pid);
  supervisor.Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);

  const size_t constraints = static_cast<size_t>(MakeResponse("").instruction().constraints_size());
  const bool whole = counts.sent > 0 && counts.acknowledged == counts.sent &&
                     replay.stored() == counts.sent && counts.refused == 0 && replay.wrong() == 0 &&
                     counts.verdicts == counts.sent * constraints && counts.broken_streams == 0;
  std::cout << nlohmann::ordered_json{{"sent", counts.sent.load()},
                                      {"acknowledged", counts.acknowledged.load()},
                                      {"stored", replay.stored()},
                                      {"verdicts", counts.verdicts.load()},
                                      {"refused", counts.refused.load()},
                                      {"stored_wrongly", replay.wrong()},
                                      {"broken_streams", counts.broken_streams.load()},
                                      {"seconds", seconds},
                                      {"idle_mib", before},
                                      {"peak_mib", peak},
                                      {"bound_mib", MemoryBound()}}
                   .dump()
            << std::endl;
  if (!whole) {
    return absl::DataLossError("something was lost, refused or answered twice; see the counts.");
  }
  if (peak > MemoryBound()) return absl::ResourceExhaustedError("more memory than the bound.");
  return absl::OkStatus();
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) { return hir::BenchMain(argc, argv, hir::Soak); }
