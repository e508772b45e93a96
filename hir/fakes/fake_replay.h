// A replay service for tests: answers as scripted and records the requests.
#ifndef HIR_FAKES_FAKE_REPLAY_H_
#define HIR_FAKES_FAKE_REPLAY_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/common/v1/common.pb.h"
#include "hir/fakes/fake_ring_state.h"
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

  FakeReplay() : ring_(own_ring_) {}
  // Belongs to this ring, which outlives it.
  explicit FakeReplay(FakeRingState& ring) : ring_(ring) {}
  // Starts serving; by default on a free port of this machine.
  static std::unique_ptr<FakeReplay> Start(const std::string& address = "127.0.0.1:0");
  ~FakeReplay() override;

  // REQUIRES, both: made by Start().
  std::string address() const;
  std::unique_ptr<replay::v1::Replay::Stub> NewStub() const;

  // --- every rpc but Insert ---
  // While down, LeaseTasks and GetRun are UNAVAILABLE.
  void SetDown(bool down);
  // The next calls fail with these codes, in order.
  void FailNext(std::vector<grpc::StatusCode> codes);
  // The next call does not answer until it is cancelled.
  void BeSilentOnce();
  // Calls so far, failed ones included.
  size_t calls() const;

  // --- the run ---
  // A learner has recorded these weights.
  void Record(const common::v1::WeightsId& weights);
  // Numbers of tasks of each PutTasks call.
  std::vector<int> puts() const;
  // Sets the rows that ReadShard streams; the first `broken` calls end after the first row.
  void SetRows(std::vector<replay::v1::TrainingRow> rows, int broken = 0);

  // --- leases --- Calls of LeaseTasks that ask for tasks get these answers in turn, and no tasks
  // after the last one.
  void Answer(replay::v1::LeaseTasksResponse answer);
  // Names the learner in answers to calls that ask for no tasks.
  void SetLearner(std::string address);
  // RenewLeases no longer grants the lease of this task.
  void Lose(uint64_t task);
  std::vector<replay::v1::LeaseTasksRequest> lease_requests() const;
  std::vector<replay::v1::RenewLeasesRequest> renewals() const;

  // --- Insert --- Insert calls follow the scripts in turn; after the last one they take
  // everything.
  void Script(InsertScript script);
  // Answers this sample with `outcome` instead of STORED or DUPLICATE.
  void Answer(uint64_t task, uint32_t sample, replay::v1::InsertResult::Outcome outcome);
  // While closed, Insert calls read but do not answer.
  void SetOpen(bool open);
  // Responses stored, each once, in order of arrival.
  std::vector<common::v1::ScoredResponse> stored() const;
  int insert_calls() const;
  // Blocks until `count` messages of Insert calls arrived, stored or not; false after kPatience.
  [[nodiscard]] bool AwaitArrived(int count) const;

 private:
  // Every rpc but Insert calls this first. Counts the call and returns the error with which it must
  // end.
  grpc::Status Begin(const grpc::ServerContext& context);
  grpc::Status GetRun(grpc::ServerContext* context, const replay::v1::GetRunRequest* request,
                      replay::v1::GetRunResponse* response) override;
  grpc::Status PutTasks(grpc::ServerContext* context, const replay::v1::PutTasksRequest* request,
                        replay::v1::PutTasksResponse* response) override;
  grpc::Status GetProgress(grpc::ServerContext* context,
                           const replay::v1::GetProgressRequest* request,
                           replay::v1::GetProgressResponse* response) override;
  grpc::Status ReadStep(grpc::ServerContext* context, const replay::v1::ReadStepRequest* request,
                        grpc::ServerWriter<replay::v1::RolloutRecord>* writer) override;
  grpc::Status GetBatch(grpc::ServerContext* context, const replay::v1::GetBatchRequest* request,
                        replay::v1::GetBatchResponse* response) override;
  grpc::Status ReadShard(grpc::ServerContext* context, const replay::v1::ReadShardRequest* request,
                         grpc::ServerWriter<replay::v1::TrainingRow>* writer) override;
  grpc::Status ListWorkers(grpc::ServerContext* context,
                           const replay::v1::ListWorkersRequest* request,
                           replay::v1::ListWorkersResponse* response) override;
  grpc::Status LeaseTasks(grpc::ServerContext* context,
                          const replay::v1::LeaseTasksRequest* request,
                          replay::v1::LeaseTasksResponse* response) override;
  grpc::Status RenewLeases(grpc::ServerContext* context,
                           const replay::v1::RenewLeasesRequest* request,
                           replay::v1::RenewLeasesResponse* response) override;
  grpc::Status Insert(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<replay::v1::InsertResult, common::v1::Chunk>* stream) override;
  InsertScript NextScript();
  replay::v1::InsertResult Take(common::v1::ScoredResponse scored);

  FakeRingState own_ring_;
  FakeRingState& ring_;
  std::string listen_;
  mutable absl::Mutex mutex_;  // Never taken while that of ring_ is held.
  bool down_ ABSL_GUARDED_BY(mutex_) = false;
  bool silent_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<grpc::StatusCode> failures_ ABSL_GUARDED_BY(mutex_);
  size_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  common::v1::WeightsId recorded_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> puts_ ABSL_GUARDED_BY(mutex_);
  std::vector<replay::v1::TrainingRow> rows_ ABSL_GUARDED_BY(mutex_);
  int broken_shards_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<replay::v1::LeaseTasksResponse> leases_ ABSL_GUARDED_BY(mutex_);
  std::string learner_ ABSL_GUARDED_BY(mutex_);
  std::set<uint64_t> lost_ ABSL_GUARDED_BY(mutex_);
  std::vector<replay::v1::LeaseTasksRequest> lease_requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<replay::v1::RenewLeasesRequest> renewals_ ABSL_GUARDED_BY(mutex_);
  std::deque<InsertScript> scripts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<uint64_t, uint32_t>, replay::v1::InsertResult::Outcome> answers_
      ABSL_GUARDED_BY(mutex_);
  std::vector<common::v1::ScoredResponse> stored_ ABSL_GUARDED_BY(mutex_);
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  int insert_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int arrived_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<RpcServer> server_;  // Null unless made by Start().
};

// Tasks numbered as given, for step 4, whose samples `missing` are to be made.
replay::v1::LeaseTasksResponse Tasks(const std::vector<uint64_t>& tasks, uint64_t fencing_token = 1,
                                     const std::vector<uint32_t>& missing = {0, 1});

}  // namespace hir

#endif  // HIR_FAKES_FAKE_REPLAY_H_
