// Sends finished responses to the verifier and keeps each until it is durable.
#ifndef HIR_SERVICES_ROLLOUT_RESPONSE_SENDER_H_
#define HIR_SERVICES_ROLLOUT_RESPONSE_SENDER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/sample_id.h"
#include "hir/metrics/service_metrics.h"
#include "hir/rpc/retry.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {

// Whose responses are sent, and how patiently.
struct SenderOptions {
  std::string run;                                     // For logs.
  std::string worker;                                  // Its address; seeds the waits' jitter.
  RetryPolicy retry;                                   // Between streams.
  absl::Duration stream_deadline = absl::Minutes(10);  // A stream is renewed after it.
};

// Called with a response's id, on a thread of the sender, without locks held.
using SampleCallback = std::function<void(const common::v1::SampleId&)>;
// The same, with why the response will never be stored.
using RefusedCallback = std::function<void(const common::v1::SampleId&, const std::string& why)>;

// Sends responses over Verifier.VerifyStream. A broken stream is opened again, after a backoff, and
// everything without an acknowledgement is sent once more; the verifier and replay drop what they
// have. A response that is refused, or too large to be sent, is dropped, counted and logged.
// Thread-safe.
class ResponseSender {
 public:
  // `acknowledged` is called for each response that is durable or unwanted, `refused` for each
  // one that replay or the verifier will not take. The stub and the metrics outlive the sender.
  ResponseSender(verifier::v1::Verifier::StubInterface& verifier, const SenderOptions& options,
                 RolloutMetrics& metrics, SampleCallback acknowledged, RefusedCallback refused);
  ~ResponseSender();

  // Takes responsibility for a response. Never blocks.
  void Send(common::v1::Response response);

  // Responses without an acknowledgement.
  int64_t unacknowledged() const;
  // Blocks until nothing is unacknowledged (true) or `timeout` has passed.
  bool AwaitEmpty(absl::Duration timeout) const;

  // Runs one stream from its opening to its end and returns why it ended. Blocks; for tests, and
  // not together with Start().
  absl::Status RunStream();

  // Runs streams on a thread until Stop(), which drops what is unacknowledged.
  void Start();
  void Stop();

 private:
  using Stream = grpc::ClientReaderWriterInterface<verifier::v1::VerifyStreamRequest,
                                                   verifier::v1::VerifyStreamResponse>;

  // A response as it is written, so that it is neither copied for its stream nor for the next one,
  // which needs it again. Shared with the write under way: it may be acknowledged meanwhile.
  using Kept = std::shared_ptr<const verifier::v1::VerifyStreamRequest>;

  // The next response to write on this stream; null when the stream broke or the sender stops.
  Kept Next();
  bool CanWrite() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Writes one response; false when the stream is broken.
  bool Write(const verifier::v1::VerifyStreamRequest& request, Stream& stream);
  void ReadAcknowledgements(Stream& stream);
  // Drops a response and returns it; null if it was not kept.
  Kept Drop(const common::v1::SampleId& id);
  void OnRefused(const common::v1::SampleId& id, const std::string& why);
  void ReportEnd(const absl::Status& status, absl::Duration wait) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Loop();

  verifier::v1::Verifier::StubInterface& verifier_;
  const SenderOptions options_;
  RolloutMetrics& metrics_;
  const SampleCallback acknowledged_;
  const RefusedCallback refused_;

  mutable absl::Mutex mu_;
  std::map<SampleId, Kept> kept_ ABSL_GUARDED_BY(mu_);
  std::set<SampleId> unsent_ ABSL_GUARDED_BY(mu_);  // Of kept_, not yet written on this stream.
  bool broken_ ABSL_GUARDED_BY(mu_) = false;        // The reading side of the stream ended.
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  int64_t answers_ ABSL_GUARDED_BY(mu_) = 0;  // Acknowledgements and refusals, ever.
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mu_) = nullptr;  // Of the running stream.
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_RESPONSE_SENDER_H_
