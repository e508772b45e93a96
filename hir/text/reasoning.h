// Responses that reason first: "<think> ... </think> the answer".
//
// Only the mark that ends the reasoning counts, since a chat template may open it in the prompt.
#ifndef HIR_TEXT_REASONING_H_
#define HIR_TEXT_REASONING_H_

#include <string>
#include <string_view>

namespace hir {

// Whether the reasoning of `text` ended: `end_mark` occurs in it, or is empty (there is none).
bool ReasoningEnded(std::string_view text, std::string_view end_mark);

// What checkers see of `text`: what follows its last `end_mark`, without white space at both ends,
// as in the reward of open-instruct; nothing when the reasoning never ended. All of it, as it is,
// when `end_mark` is empty.
std::string_view AnswerOf(std::string_view text, std::string_view end_mark);

// Splits a response while it grows, for people and chat clients: here the first mark counts, since
// what is shown can't be taken back. The marks, and white space before reasoning and answer, are in
// neither. The opening mark is the end mark without its slash. Not thread-safe.
class ReasoningSplitter {
 public:
  struct Piece {
    std::string reasoning;
    std::string answer;
  };

  // With an empty `end_mark` everything is the answer.
  explicit ReasoningSplitter(std::string end_mark);

  // Takes more text, whole characters, and returns what became certain.
  Piece Push(std::string_view text) { return Take(text, /*last=*/false); }
  // The rest. REQUIRES: called once; nothing follows it.
  Piece Finish() { return Take("", /*last=*/true); }

 private:
  enum class Place { kBeforeReasoning, kReasoning, kBeforeAnswer, kAnswer };

  Piece Take(std::string_view text, bool last);
  void TakeOpening(bool last);
  void TakeReasoning(bool last, std::string& reasoning);

  const std::string end_mark_;
  std::string opening_;  // Empty once it was found.
  std::string held_;     // Text that is not certain yet.
  Place place_;
};

}  // namespace hir

#endif  // HIR_TEXT_REASONING_H_
