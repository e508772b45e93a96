#include "hir/text/reasoning.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "hir/text/python/unicode.h"

namespace hir {
namespace {

using python::DecodeUtf8;
using python::IsSpace;

constexpr size_t kLongestSpace = 3;  // Bytes of the longest white space character.

bool IsOneSpace(std::string_view bytes) {
  const std::u32string text = DecodeUtf8(bytes);
  return text.size() == 1 && IsSpace(text[0]);
}

std::string_view StripFront(std::string_view text) {
  for (size_t bytes = 1; bytes <= std::min(kLongestSpace, text.size());) {
    const bool space = IsOneSpace(text.substr(0, bytes));
    if (space) text.remove_prefix(bytes);
    bytes = space ? 1 : bytes + 1;
  }
  return text;
}

void DropFrontSpace(std::string& text) { text.erase(0, text.size() - StripFront(text).size()); }

std::string_view StripBack(std::string_view text) {
  for (size_t bytes = 1; bytes <= std::min(kLongestSpace, text.size());) {
    const bool space = IsOneSpace(text.substr(text.size() - bytes));
    if (space) text.remove_suffix(bytes);
    bytes = space ? 1 : bytes + 1;
  }
  return text;
}

// The number of bytes at the end of `text` that may be the beginning of `mark`.
size_t BegunMark(std::string_view text, std::string_view mark) {
  size_t bytes = std::min(text.size(), mark.size() - 1);
  while (bytes > 0 && text.substr(text.size() - bytes) != mark.substr(0, bytes)) --bytes;
  return bytes;
}

// "<think>" for "</think>"; empty for a mark without a slash.
std::string OpeningOf(std::string mark) {
  const size_t slash = mark.find('/');
  return slash == std::string::npos ? "" : mark.erase(slash, 1);
}

}  // namespace

bool ReasoningEnded(std::string_view text, std::string_view end_mark) {
  return text.find(end_mark) != std::string_view::npos;
}

std::string_view AnswerOf(std::string_view text, std::string_view end_mark) {
  if (end_mark.empty()) return text;
  const size_t mark = text.rfind(end_mark);
  if (mark == std::string_view::npos) return {};
  return StripBack(StripFront(text.substr(mark + end_mark.size())));
}

ReasoningSplitter::ReasoningSplitter(std::string end_mark)
    : end_mark_(std::move(end_mark)),
      opening_(OpeningOf(end_mark_)),
      place_(end_mark_.empty() ? Place::kAnswer : Place::kBeforeReasoning) {}

ReasoningSplitter::Piece ReasoningSplitter::Take(std::string_view text, bool last) {
  held_ += text;
  Piece piece;
  if (place_ == Place::kBeforeReasoning) TakeOpening(last);
  if (place_ == Place::kReasoning) TakeReasoning(last, piece.reasoning);
  if (place_ == Place::kBeforeAnswer) {
    DropFrontSpace(held_);
    if (!held_.empty()) place_ = Place::kAnswer;
  }
  if (place_ == Place::kAnswer) piece.answer = std::exchange(held_, {});
  return piece;
}

void ReasoningSplitter::TakeOpening(bool last) {
  DropFrontSpace(held_);
  if (!opening_.empty() && held_.starts_with(opening_)) {
    held_.erase(0, opening_.size());
    DropFrontSpace(held_);
    opening_.clear();
  }
  const bool may_open = !last && opening_.starts_with(held_);
  if (!held_.empty() && !may_open) place_ = Place::kReasoning;
}

void ReasoningSplitter::TakeReasoning(bool last, std::string& reasoning) {
  const size_t mark = held_.find(end_mark_);
  if (mark != std::string::npos) {
    reasoning = held_.substr(0, mark);
    held_.erase(0, mark + end_mark_.size());
    place_ = Place::kBeforeAnswer;
    return;
  }
  const size_t certain = held_.size() - (last ? 0 : BegunMark(held_, end_mark_));
  reasoning = held_.substr(0, certain);
  held_.erase(0, certain);
}

}  // namespace hir
