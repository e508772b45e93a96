#include "services/rollout/generation_queue.h"

#include <algorithm>
#include <utility>

#include "hir/base/status_macros.h"
#include "hir/engine/request_checks.h"

namespace hir {
namespace {

constexpr size_t kPiece = 16;

}  // namespace

GenerationQueue::GenerationQueue(Engine& engine, const GenerationLimits& limits)
    : engine_(engine),
      in_engine_limit_(limits.in_engine),
      unmade_("responses", limits.unmade),
      thread_([this] { Work(); }) {}

GenerationQueue::~GenerationQueue() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

absl::StatusOr<uint64_t> GenerationQueue::Submit(const std::string& caller,
                                                 GenerationRequest request) {
  HIR_RETURN_IF_ERROR(CheckRequest(request, engine_.architecture()));
  Quota::Share unmade(unmade_, caller);
  HIR_RETURN_IF_ERROR(unmade.Take(static_cast<int64_t>(request.samples.size())));
  absl::MutexLock lock(&mutex_);
  const uint64_t number = ++numbers_;
  const size_t open = request.samples.size();
  entries_.emplace(number, Entry{.caller = caller,
                                 .request = std::move(request),
                                 .open = open,
                                 .unmade = std::move(unmade)});
  turns_.Add(caller, number);
  return number;
}

void GenerationQueue::Cancel(uint64_t number) {
  std::vector<uint64_t> engine_numbers;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(number);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    engine_numbers = entry.engine_numbers;
    const size_t dropped = entry.request.samples.size() - entry.begun;
    turns_.Remove(entry.caller, number);
    entry.request.samples.resize(entry.begun);
    entry.cancelled = true;
    entry.open -= dropped;
    if (entry.open == 0) entries_.erase(found);
  }
  for (const uint64_t engine_number : engine_numbers) engine_.Cancel(engine_number);
}

int64_t GenerationQueue::waiting() const {
  absl::MutexLock lock(&mutex_);
  int64_t waiting = 0;
  for (const auto& [number, entry] : entries_) {
    waiting += static_cast<int64_t>(entry.request.samples.size() - entry.begun);
  }
  return waiting;
}

size_t GenerationQueue::NextSize() const {
  const Entry& entry = entries_.at(turns_.next());
  return std::min(
      {kPiece, static_cast<size_t>(in_engine_limit_), entry.request.samples.size() - entry.begun});
}

bool GenerationQueue::HasPiece() const {
  return !turns_.empty() && in_engine_ + static_cast<int64_t>(NextSize()) <= in_engine_limit_;
}

GenerationQueue::Piece GenerationQueue::TakePiece() {
  const size_t size = NextSize();
  const uint64_t number = turns_.next();
  Entry& entry = entries_.at(number);
  Piece piece{.number = number, .request = entry.request};
  const auto begin = entry.request.samples.begin() + static_cast<int64_t>(entry.begun);
  piece.request.samples.assign(begin, begin + static_cast<int64_t>(size));
  entry.begun += size;
  in_engine_ += static_cast<int64_t>(size);
  if (entry.begun == entry.request.samples.size()) {
    turns_.Take();
  } else {
    turns_.Pass();
  }
  return piece;
}

void GenerationQueue::Work() {
  while (true) {
    Piece piece;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopped_ || HasPiece();
      };
      mutex_.Await(absl::Condition(&ready));
      if (stopped_) return;
      piece = TakePiece();
    }
    Submit(std::move(piece));
  }
}

void GenerationQueue::Submit(Piece piece) {
  const std::vector<uint32_t> samples = piece.request.samples;
  const auto ended = [this, number = piece.number, on_done = std::move(piece.request.on_done)](
                         uint32_t sample, absl::StatusOr<FinishedResponse> response) {
    Ended(number);
    on_done(sample, std::move(response));
  };
  piece.request.on_done = ended;
  const absl::StatusOr<uint64_t> engine_number = engine_.Submit(std::move(piece.request));
  if (!engine_number.ok()) {
    for (const uint32_t sample : samples) ended(sample, engine_number.status());
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    const auto entry = entries_.find(piece.number);
    if (entry == entries_.end()) return;
    if (!entry->second.cancelled) {
      entry->second.engine_numbers.push_back(*engine_number);
      return;
    }
  }
  // The request was cancelled in the meantime.
  engine_.Cancel(*engine_number);
}

void GenerationQueue::Ended(uint64_t number) {
  absl::MutexLock lock(&mutex_);
  --in_engine_;
  const auto entry = entries_.find(number);
  if (--entry->second.open == 0) entries_.erase(entry);
}

}  // namespace hir
