// Fair turns among owners who each queue many items.
#ifndef HIR_BASE_TURNS_H_
#define HIR_BASE_TURNS_H_

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace hir {

// Waiting items, each with an owner. Owners take turns, one item per turn; the items of one owner
// come in the order in which they were added. Not thread-safe.
template <typename Item>
class Turns {
 public:
  void Add(const std::string& owner, Item item) {
    std::deque<Item>& line = lines_[owner];
    if (line.empty()) owners_.push_back(owner);
    line.push_back(std::move(item));
  }

  bool empty() const { return owners_.empty(); }
  // The item whose turn it is. REQUIRES, as for Take() and Pass(): !empty().
  const Item& next() const { return lines_.at(owners_.front()).front(); }
  // Removes next() and returns it.
  Item Take() {
    std::deque<Item>& line = lines_[owners_.front()];
    Item item = std::move(line.front());
    line.pop_front();
    Pass();
    return item;
  }
  // Ends the turn of the owner of next() without removing the item, which stays that owner's first.
  void Pass() {
    std::string owner = std::move(owners_.front());
    owners_.pop_front();
    const auto line = lines_.find(owner);
    if (line->second.empty()) {
      lines_.erase(line);
    } else {
      owners_.push_back(std::move(owner));
    }
  }
  // Removes `item`, whoever's turn it is. Does nothing if it is not there.
  void Remove(const std::string& owner, const Item& item) {
    const auto line = lines_.find(owner);
    if (line == lines_.end()) return;
    std::erase(line->second, item);
    if (!line->second.empty()) return;
    lines_.erase(line);
    std::erase(owners_, owner);
  }

 private:
  std::map<std::string, std::deque<Item>> lines_;  // By owner; no queue is empty.
  std::deque<std::string> owners_;  // The keys of lines_ in the order of their turns.
};

}  // namespace hir

#endif  // HIR_BASE_TURNS_H_
