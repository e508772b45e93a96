// A replay service for tests: takes inserts as scripted and remembers what came.
#ifndef HIR_SERVICES_VERIFIER_FAKE_REPLAY_H_
#define HIR_SERVICES_VERIFIER_FAKE_REPLAY_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/common/v1/common.pb.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/server.h"

namespace hir {

// Thread-safe.
class FakeReplay final : public replay::v1::Replay::Service {
 public:
  // What the next Insert call does: takes `results` responses, then ends with `status`.
  struct InsertScript {
    int results = 0;
    grpc::Status status;
  };

  // Starts serving; by default on a free port of this machine.
  static std::unique_ptr<FakeReplay> Start(const std::string& address = "127.0.0.1:0");
  ~FakeReplay() override;

  std::string address() const;
  std::unique_ptr<replay::v1::Replay::Stub> NewStub() const;

  // Insert calls follow the scripts in turn; without one they take everything.
  void Script(InsertScript script);
  // Answers this sample with `outcome` instead of STORED or DUPLICATE.
  void Answer(uint64_t task, uint32_t sample, replay::v1::InsertResult::Outcome outcome);
  // While closed, Insert calls read but do not answer.
  void SetOpen(bool open);

  // Responses stored, each once, in order of arrival.
  std::vector<common::v1::ScoredResponse> stored() const;
  int insert_calls() const;
  // Blocks until `count` messages of Insert calls arrived, stored or not; false after 20 s.
  [[nodiscard]] bool AwaitArrived(int count) const;

 private:
  grpc::Status Insert(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<replay::v1::InsertResult, common::v1::Chunk>* stream) override;
  InsertScript NextScript();
  replay::v1::InsertResult Take(common::v1::ScoredResponse scored);

  std::string listen_;
  mutable absl::Mutex mutex_;
  std::deque<InsertScript> scripts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<uint64_t, uint32_t>, replay::v1::InsertResult::Outcome> answers_
      ABSL_GUARDED_BY(mutex_);
  std::vector<common::v1::ScoredResponse> stored_ ABSL_GUARDED_BY(mutex_);
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  int insert_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int arrived_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<RpcServer> server_;
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_FAKE_REPLAY_H_
