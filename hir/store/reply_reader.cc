#include "hir/store/reply_reader.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hir {

const RedisReply* ReplyReader::Next() {
  if (position_ < list_.elements.size()) return &list_.elements[position_++];
  ok_ = false;
  return nullptr;
}

std::string ReplyReader::Text() {
  const RedisReply* next = Next();
  if (next == nullptr) return "";
  if (next->kind == RedisReply::Kind::kInteger) return absl::StrCat(next->integer);
  ok_ &= next->kind == RedisReply::Kind::kText;
  return next->text;
}

int64_t ReplyReader::Int() {
  const std::string text = Text();
  int64_t value = 0;
  if (!text.empty()) ok_ &= absl::SimpleAtoi(text, &value);
  return value;
}

uint64_t ReplyReader::Uint() {
  const std::string text = Text();
  uint64_t value = 0;
  if (!text.empty()) ok_ &= absl::SimpleAtoi(text, &value);
  return value;
}

absl::Time ReplyReader::Time() {
  const std::string text = Text();
  int64_t milliseconds = 0;
  if (text.empty()) return absl::InfinitePast();
  ok_ &= absl::SimpleAtoi(text, &milliseconds);
  return absl::FromUnixMillis(milliseconds);
}

const RedisReply& ReplyReader::List() {
  static const RedisReply kEmpty{.kind = RedisReply::Kind::kArray};
  const RedisReply* next = Next();
  if (next != nullptr && next->kind == RedisReply::Kind::kArray) return *next;
  ok_ = false;
  return kEmpty;
}

std::vector<uint64_t> ReplyReader::Uints() {
  const RedisReply& list = List();
  ReplyReader reader(list);
  std::vector<uint64_t> values;
  for (size_t i = 0; i < list.elements.size(); ++i) values.push_back(reader.Uint());
  ok_ &= reader.ok();
  return values;
}

}  // namespace hir
