#include "hir/data/take_apart.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr size_t kNone = std::string_view::npos;

constexpr char kNotFound[] = "a constraint's text is not found in the prompt";
constexpr char kInside[] = "a constraint's text is part of a sentence of the prompt";
constexpr char kRepeated[] = "a constraint's text appears twice in the prompt";
constexpr char kNoQuestion[] = "the prompt consists of constraints only";
constexpr char kNoText[] = "a constraint has no text of its own";

// A text without outer white space and final full stops, which a prompt may have written
// differently.
std::string_view CoreOf(std::string_view text) {
  text = StripOuterWhiteSpace(text);
  while (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

bool IsBlank(std::string_view text) { return StripOuterWhiteSpace(text).empty(); }

// Takes the prompt apart by the layout that explains most of it.
std::optional<TakenApart> Exactly(std::string_view prompt, absl::Span<const std::string> texts) {
  std::optional<TakenApart> best;
  for (const Layout layout : kLayouts) {
    const std::string frame = ComposeInstruction("", texts, layout);
    const bool first = layout == Layout::kSentencesFirst;
    if (first ? !prompt.starts_with(frame) : !prompt.ends_with(frame)) continue;
    const std::string_view question =
        first ? prompt.substr(frame.size()) : prompt.substr(0, prompt.size() - frame.size());
    if (IsBlank(question) || (best && best->question.size() <= question.size())) continue;
    best = TakenApart{.question = std::string(question), .layout = layout, .exact = true};
  }
  return best;
}

enum class Marker { kNone, kNumber, kBullet };

// The place of a constraint in the prompt, including its list marker and final mark.
struct Place {
  size_t begin = 0;
  size_t end = 0;
  Marker marker = Marker::kNone;
  bool own_line = false;
};

// Recognises "1. ", "2) " or "- " before `end` and moves `begin` past it.
Marker TakeMarker(std::string_view prompt, size_t& begin) {
  size_t at = begin;
  if (at == 0) return Marker::kNone;
  const char last = prompt[--at];
  if (last == '-' || last == '*') {
    begin = at;
    return Marker::kBullet;
  }
  if (at >= 2 && prompt.substr(at - 2, 3) == "\xE2\x80\xA2") {  // A bullet.
    begin = at - 2;
    return Marker::kBullet;
  }
  if (last != '.' && last != ')') return Marker::kNone;
  const size_t digits_end = at;
  while (at > 0 && absl::ascii_isdigit(prompt[at - 1])) --at;
  if (at == digits_end) return Marker::kNone;
  begin = at;
  return Marker::kNumber;
}

size_t BackOverBlanks(std::string_view prompt, size_t at) {
  while (at > 0 && (prompt[at - 1] == ' ' || prompt[at - 1] == '\t')) --at;
  return at;
}

size_t OverBlanks(std::string_view prompt, size_t at) {
  while (at < prompt.size() && (prompt[at] == ' ' || prompt[at] == '\t' || prompt[at] == '\r')) {
    ++at;
  }
  return at;
}

bool BeginsLine(std::string_view prompt, size_t at) { return at == 0 || prompt[at - 1] == '\n'; }
bool EndsLine(std::string_view prompt, size_t at) {
  return at == prompt.size() || prompt[at] == '\n';
}

// Whether a sentence ends right before `at`.
bool AfterSentence(std::string_view prompt, size_t at) {
  while (at > 0 && std::string_view("\"')]*").find(prompt[at - 1]) != kNone) --at;
  return at > 0 && std::string_view(".!?:;").find(prompt[at - 1]) != kNone;
}

// The place of a text found at [begin, end), if it is a line, a list item or whole sentences.
std::optional<Place> ByItself(std::string_view prompt, size_t begin, size_t end) {
  Place place{.begin = BackOverBlanks(prompt, begin), .end = end};
  if (!BeginsLine(prompt, place.begin)) {
    size_t marked = place.begin;
    const Marker marker = TakeMarker(prompt, marked);
    marked = BackOverBlanks(prompt, marked);
    if (marker != Marker::kNone && BeginsLine(prompt, marked)) {
      place.marker = marker;
      place.begin = marked;
    }
  }
  const bool begins_line = BeginsLine(prompt, place.begin);
  if (!begins_line && (place.begin == begin || !AfterSentence(prompt, place.begin))) {
    return std::nullopt;
  }
  const size_t mark = place.end;
  while (place.end < prompt.size() && std::string_view(".!?;,").find(prompt[place.end]) != kNone) {
    ++place.end;
  }
  const bool ended = place.end > mark || std::string_view("!?").find(prompt[end - 1]) != kNone;
  const size_t after = OverBlanks(prompt, place.end);
  place.own_line = begins_line && EndsLine(prompt, after);
  if (EndsLine(prompt, after)) {
    place.end = after;
    return place;
  }
  // After a comma the sentence continues.
  if (!ended || after == place.end || prompt[place.end - 1] == ',') return std::nullopt;
  return place;
}

bool Overlaps(const std::vector<Place>& places, size_t begin, size_t end) {
  return std::any_of(places.begin(), places.end(),
                     [=](const Place& place) { return begin < place.end && place.begin < end; });
}

// The only place of `core` outside those already taken.
absl::StatusOr<Place> FindPlace(std::string_view prompt, std::string_view core,
                                const std::vector<Place>& taken) {
  std::optional<Place> found;
  bool inside = false;
  for (size_t at = prompt.find(core); at != kNone; at = prompt.find(core, at + 1)) {
    if (Overlaps(taken, at, at + core.size())) continue;
    const std::optional<Place> place = ByItself(prompt, at, at + core.size());
    if (!place) {
      inside = true;
    } else if (found) {
      return absl::NotFoundError(kRepeated);
    } else {
      found = place;
    }
  }
  if (found) return *found;
  return absl::NotFoundError(inside ? kInside : kNotFound);
}

// Finds longer texts first, since a shorter one may be part of them. Returns the places in the
// order of the prompt.
absl::StatusOr<std::vector<Place>> FindPlaces(std::string_view prompt,
                                              absl::Span<const std::string> texts) {
  std::vector<std::string_view> cores;
  for (const std::string& text : texts) cores.push_back(CoreOf(text));
  std::stable_sort(cores.begin(), cores.end(),
                   [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  std::vector<Place> places;
  for (const std::string_view core : cores) {
    HIR_ASSIGN_OR_RETURN(const Place place, FindPlace(prompt, core, places));
    places.push_back(place);
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.begin < b.begin; });
  return places;
}

// The beginning of the heading of a list that begins at `begin`: a line that ends in a colon, with
// only blank lines between and text above. `begin` if there is none.
size_t HeadingBefore(std::string_view prompt, size_t begin) {
  if (begin == 0) return begin;
  const std::string_view above =
      prompt.substr(0, prompt.find_last_not_of(" \t\r\n", begin - 1) + 1);
  if (!above.ends_with(':')) return begin;
  const size_t newline = above.rfind('\n');
  if (newline == kNone || IsBlank(above.substr(0, newline))) return begin;
  return newline + 1;
}

// The rest of the prompt: lines keep their breaks, sentences their spaces, and gaps close.
std::string WithoutPlaces(std::string_view prompt, const std::vector<Place>& places) {
  std::string left;
  size_t from = 0;
  for (size_t i = 0; i <= places.size(); ++i) {
    const size_t to = i < places.size() ? places[i].begin : prompt.size();
    std::string_view piece = prompt.substr(from, to - from);
    if (!left.empty() && !left.ends_with('\n') && !piece.starts_with('\n') && !IsBlank(piece)) {
      piece.remove_prefix(piece.find_first_not_of(" \t\r"));
      left += ' ';
    }
    left += piece;
    if (i < places.size()) from = places[i].end;
    // A removed list item takes its line break with it.
    if (i < places.size() && places[i].own_line && left.ends_with('\n') && from < prompt.size()) {
      ++from;
    }
  }
  for (size_t gap; (gap = left.find("\n\n\n")) != std::string::npos;) left.erase(gap, 1);
  return std::string(StripOuterWhiteSpace(left));
}

Layout NearestLayout(std::string_view prompt, const std::vector<Place>& places) {
  const auto all = [&places](auto holds) {
    return std::all_of(places.begin(), places.end(), holds);
  };
  Layout layout = Layout::kSpace;
  if (all([](const Place& place) { return place.marker == Marker::kNumber; })) {
    layout = Layout::kNumberedRules;
  } else if (all([](const Place& place) { return place.marker == Marker::kBullet; })) {
    layout = Layout::kDashes;
  } else if (IsBlank(prompt.substr(0, places.front().begin))) {
    layout = Layout::kSentencesFirst;
  } else if (all([](const Place& place) { return place.own_line; })) {
    layout = Layout::kLines;
  } else if (BeginsLine(prompt, places.front().begin)) {
    layout = Layout::kNewline;
  }
  return layout;
}

}  // namespace

bool StatesAny(std::string_view question, absl::Span<const std::string> texts) {
  return std::any_of(texts.begin(), texts.end(), [question](const std::string& text) {
    return question.find(CoreOf(text)) != kNone;
  });
}

absl::StatusOr<TakenApart> TakeApart(std::string_view prompt, absl::Span<const std::string> texts) {
  for (const std::string& text : texts) {
    if (CoreOf(text).empty()) return absl::NotFoundError(kNoText);
  }
  if (texts.empty()) return absl::NotFoundError(kNoText);
  std::optional<TakenApart> exact = Exactly(prompt, texts);
  if (exact && !StatesAny(exact->question, texts)) return *std::move(exact);
  if (exact) return absl::NotFoundError(kRepeated);
  HIR_ASSIGN_OR_RETURN(std::vector<Place> places, FindPlaces(prompt, texts));
  TakenApart apart{.layout = NearestLayout(prompt, places)};
  if (places.front().own_line) {
    places.front().begin = HeadingBefore(prompt, places.front().begin);
  }
  apart.question = WithoutPlaces(prompt, places);
  if (apart.question.empty()) return absl::NotFoundError(kNoQuestion);
  if (StatesAny(apart.question, texts)) return absl::NotFoundError(kRepeated);
  return apart;
}

}  // namespace hir
