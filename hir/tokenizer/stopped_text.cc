#include "hir/tokenizer/stopped_text.h"

#include <algorithm>

namespace hir {
namespace {

struct Match {
  size_t begin = std::string::npos;
  size_t end = std::string::npos;
};

// The match that ends first after byte `after`; the longest of those that end there.
Match FirstMatch(const std::string& text, const std::vector<std::string>& stop_strings,
                 size_t after) {
  Match first;
  for (const std::string& stop : stop_strings) {
    const size_t begin = text.find(stop, after < stop.size() ? 0 : after - stop.size() + 1);
    if (begin == std::string::npos) continue;
    const size_t end = begin + stop.size();
    if (end < first.end || (end == first.end && begin < first.begin)) first = {begin, end};
  }
  return first;
}

// The number of bytes at the end of `text` that may be the beginning of a stop string.
size_t Unsure(std::string_view text, const std::vector<std::string>& stop_strings) {
  size_t unsure = 0;
  for (const std::string& stop : stop_strings) {
    for (size_t size = std::min(stop.size() - 1, text.size()); size > unsure; --size) {
      if (text.ends_with(std::string_view(stop).substr(0, size))) unsure = size;
    }
  }
  return unsure;
}

}  // namespace

std::string StoppedText::Push(int32_t id) {
  starts_.push_back(bytes_ + held_.size());
  return Add(stream_.Push(id));
}

std::string StoppedText::Finish() {
  if (stopped_) return "";
  std::string text = Add(stream_.Finish());
  finished_ = true;
  if (stopped_) return text;
  bytes_ += held_.size();
  return text + held_;
}

std::string StoppedText::Add(std::string_view more) {
  const size_t known = held_.size();
  held_ += more;
  const Match match =
      starts_.size() < min_tokens_ ? Match{} : FirstMatch(held_, stop_strings_, known);
  stopped_ = match.end != std::string::npos;
  const size_t certain = stopped_ ? match.begin : held_.size() - Unsure(held_, stop_strings_);
  std::string text = held_.substr(0, certain);
  held_.erase(0, certain);
  bytes_ += text.size();
  return text;
}

size_t StoppedText::text_tokens() const {
  if (finished_ && !stopped_) return starts_.size();
  return std::lower_bound(starts_.begin(), starts_.end(), bytes_) - starts_.begin();
}

}  // namespace hir
