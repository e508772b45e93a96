// Responses that reason first: "<think> ... </think> the answer".
//
// Only the mark that ends the reasoning counts, since a chat template may open it in the prompt.
#ifndef HIR_TEXT_REASONING_H_
#define HIR_TEXT_REASONING_H_

#include <string>
#include <string_view>

namespace hir {

// Whether the reasoning in `text` has ended: `end_mark` occurs in it, or is empty (no reasoning).
bool ReasoningEnded(std::string_view text, std::string_view end_mark);

// The part of `text` that checkers see: the text after its last `end_mark`, stripped of outer white
// space as in open-instruct's reward; empty if the reasoning never ended. All of `text`, unchanged,
// if `end_mark` is empty.
std::string_view AnswerOf(std::string_view text, std::string_view end_mark);

// Splits a growing response into reasoning and answer, for people and chat clients. The first mark
// counts here, since text that was shown can't be taken back. The marks, and white space before
// reasoning and answer, belong to neither. The opening mark is the end mark without its slash. Not
// thread-safe.
class ReasoningSplitter {
 public:
  struct Piece {
    std::string reasoning;
    std::string answer;
  };

  // With an empty `end_mark` everything is the answer.
  explicit ReasoningSplitter(std::string end_mark);

  // Takes more text, in whole characters, and returns what has become certain.
  Piece Push(std::string_view text) { return Take(text, /*last=*/false); }
  // Returns the rest. REQUIRES: the last call, made once.
  Piece Finish() { return Take("", /*last=*/true); }

 private:
  enum class Place { kBeforeReasoning, kReasoning, kBeforeAnswer, kAnswer };

  Piece Take(std::string_view text, bool last);
  void TakeOpening(bool last);
  void TakeReasoning(bool last, std::string& reasoning);

  const std::string end_mark_;
  std::string opening_;  // Empty once found.
  std::string held_;     // Text not returned yet because it may belong to a mark.
  Place place_;
};

}  // namespace hir

#endif  // HIR_TEXT_REASONING_H_
