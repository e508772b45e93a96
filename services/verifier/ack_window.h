// How far one stream of responses has come: taken, scored, acknowledged.
#ifndef HIR_SERVICES_VERIFIER_ACK_WINDOW_H_
#define HIR_SERVICES_VERIFIER_ACK_WINDOW_H_

namespace hir {

// Counts the responses of a stream between their coming and their acknowledgement, and says from
// that when the stream may read on and when it is over. Each response is taken, then leaves scoring
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
  // Its scoring is over: replay is to have it, or it is refused, or nobody wants it any more.
  void OnScored() { --scoring_; }
  void OnAcknowledged() { --unanswered_; }
  // Replay will take no more of this stream's responses: what is unanswered stays so.
  void OnFailed() { failed_ = true; }
  // The client is to go elsewhere with what it has not sent yet.
  void EndWhenAnswered() { ending_ = true; }

  // Whether another response would have room, or there is no use in waiting for that.
  bool has_room() const { return failed_ || unanswered_ < max_unanswered_; }
  bool may_read() const { return !failed_ && has_room(); }
  // Nothing is being scored.
  bool all_scored() const { return scoring_ == 0; }
  // Whether the stream is to be cut now, however long its client would keep it open.
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
