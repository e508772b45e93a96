// Tracks the responses of one stream: taken, scored, acknowledged.
#ifndef HIR_SERVICES_VERIFIER_ACK_WINDOW_H_
#define HIR_SERVICES_VERIFIER_ACK_WINDOW_H_

namespace hir {

// Counts the responses of a stream from their arrival to their acknowledgement, and derives when
// the stream may be read further and when it is over. Each response is taken, then leaves scoring
// once, and is acknowledged once, before or after that. Not thread-safe.
class AckWindow {
 public:
  // At most `max_unanswered` responses, >= 1, are taken and not acknowledged.
  explicit AckWindow(int max_unanswered) : max_unanswered_(max_unanswered) {}

  // A response came whole.
  void OnTaken() {
    ++unanswered_;
    ++scoring_;
  }
  // Its scoring is over: it goes to replay, or it is refused or abandoned.
  void OnScored() { --scoring_; }
  void OnAcknowledged() { --unanswered_; }
  // Replay takes no more responses of this stream; unanswered ones stay unanswered.
  void OnFailed() { failed_ = true; }
  // The client must send its remaining responses to another verifier.
  void EndWhenAnswered() { ending_ = true; }

  // Whether another response has room, or waiting for room is useless.
  bool has_room() const { return failed_ || unanswered_ < max_unanswered_; }
  bool may_read() const { return !failed_ && has_room(); }
  // Nothing is being scored.
  bool all_scored() const { return scoring_ == 0; }
  // Whether the stream must end now, even if its client keeps it open.
  bool over() const { return ending_ && unanswered_ == 0; }

 private:
  const int max_unanswered_;
  int unanswered_ = 0;
  int scoring_ = 0;
  bool failed_ = false;
  bool ending_ = false;
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_ACK_WINDOW_H_
