// A verifier for tests: acknowledges responses or breaks off as scripted, and passes what it is
// asked.
#ifndef HIR_FAKES_FAKE_VERIFIER_H_
#define HIR_FAKES_FAKE_VERIFIER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "hir/rpc/chunks.h"
#include "hir/testing/patience.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {

// Thread-safe.
class FakeVerifier : public verifier::v1::Verifier::Service {
 public:
  grpc::Status VerifyStream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<verifier::v1::VerifyStreamResponse,
                               verifier::v1::VerifyStreamRequest>* stream) override {
    {
      absl::MutexLock lock(&mu_);
      ++streams_;
    }
    ChunkJoiner joiner;
    verifier::v1::VerifyStreamRequest request;
    while (stream->Read(&request)) {
      common::v1::Response response = request.response();
      if (request.has_chunk()) {
        if (!joiner.Add(request.chunk()).value()) continue;
        response.ParseFromString(joiner.Take());
      }
      const common::v1::SampleId id = response.id();
      {
        absl::MutexLock lock(&mu_);
        received_.push_back(std::move(response));
        if (breaks_ > 0 && breaks_-- > 0) return {grpc::StatusCode::UNAVAILABLE, "broken off"};
        if (!acknowledging_) continue;
      }
      verifier::v1::VerifyStreamResponse answer;
      *answer.mutable_ack()->mutable_id() = id;
      answer.mutable_ack()->set_refused(AwaitRefusal(id));
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

  // Passes every constraint of an answer that was not made by version 0.
  grpc::Status Verify(grpc::ServerContext*, const verifier::v1::VerifyRequest* request,
                      verifier::v1::VerifyResponse* response) override {
    for (const verifier::v1::VerifyItem& item : request->items()) {
      verifier::v1::VerifyResult& result = *response->add_results();
      const auto verdict = item.response() == "version 0" ? common::v1::VERDICT_UNDECIDABLE
                                                          : common::v1::VERDICT_PASS;
      for (int i = 0; i < item.constraints_size(); ++i) {
        result.add_strict()->set_verdict(verdict);
        result.add_loose()->set_verdict(verdict);
      }
    }
    return grpc::Status::OK;
  }

  // The next `count` responses end their stream without an acknowledgement.
  void BreakNext(int count) {
    absl::MutexLock lock(&mu_);
    breaks_ = count;
  }
  // This sample is refused, with `why`.
  void Refuse(uint64_t task, uint32_t sample, const std::string& why) {
    absl::MutexLock lock(&mu_);
    refusals_[{task, sample}] = why;
  }
  // While held, what is received is not answered.
  void Hold(bool hold) {
    absl::MutexLock lock(&mu_);
    held_ = hold;
  }
  void SetAcknowledging(bool acknowledging) {
    absl::MutexLock lock(&mu_);
    acknowledging_ = acknowledging;
  }
  bool AwaitReceived(size_t count) const {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return received_.size() >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }
  std::vector<common::v1::Response> received() const {
    absl::MutexLock lock(&mu_);
    return received_;
  }
  int streams() const {
    absl::MutexLock lock(&mu_);
    return streams_;
  }

 private:
  // Why the sample is refused, empty if it isn't; once answers are not held.
  std::string AwaitRefusal(const common::v1::SampleId& id) {
    absl::MutexLock lock(&mu_);
    const auto let_go = [this] { return !held_; };
    mu_.AwaitWithTimeout(absl::Condition(&let_go), kPatience);
    const auto refusal = refusals_.find({id.task(), id.sample()});
    return refusal == refusals_.end() ? "" : refusal->second;
  }

  mutable absl::Mutex mu_;
  std::map<std::pair<uint64_t, uint32_t>, std::string> refusals_;
  bool held_ = false;
  int breaks_ = 0;
  bool acknowledging_ = true;
  int streams_ = 0;
  std::vector<common::v1::Response> received_;
};

}  // namespace hir

#endif  // HIR_FAKES_FAKE_VERIFIER_H_
