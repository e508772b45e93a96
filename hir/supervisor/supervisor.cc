#include "hir/supervisor/supervisor.h"

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr absl::Duration kWatchInterval = absl::Milliseconds(50);
constexpr int kUsageError = 2;

std::string HowItEnded(const ProcessSpec& process, int exit_code) {
  const std::string log = absl::StrCat(" (log: ", process.log_path, ")");
  if (exit_code > 128) {
    // The last log line says nothing about a death by signal.
    const int signal = exit_code - 128;
    return absl::StrCat(process.name, " was killed by signal ", signal,
                        signal == SIGKILL ? ", as Linux does when memory runs out" : "", log);
  }
  const std::string words = LastWords(process.log_path, process.name);
  return absl::StrCat(process.name, " ended with code ", exit_code, words.empty() ? "" : ": ",
                      words, log);
}

}  // namespace

Supervisor::Supervisor(const SupervisorOptions& options)
    : options_(options),
      clock_(options.clock == nullptr ? real_clock_ : *options.clock),
      watcher_([this] { Watch(); }) {}

Supervisor::~Supervisor() {
  Stop();
  watcher_.join();
}

void Supervisor::Run(const std::function<void()>& work) {
  // Children die with the thread that started them. Callers' threads may be short-lived, so every
  // child is started by the watching thread, which lives as long as this.
  absl::MutexLock lock(&mutex_);
  const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return work_ == nullptr; };
  mutex_.Await(absl::Condition(&free));
  if (stopping_) return;
  work_ = &work;
  // Also when the watching thread ended without doing it.
  const auto done = [this, &work]()
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return work_ != &work; };
  mutex_.Await(absl::Condition(&done));
}

absl::Status Supervisor::Start(SupervisedService service,
                               const std::function<bool()>& should_stop) {
  auto entry = std::make_unique<Entry>(Entry{.service = std::move(service),
                                             .child = nullptr,
                                             .history = RestartHistory(options_.restarts)});
  absl::Status started = absl::CancelledError("stopped before all services were started.");
  Run([&] {
    auto child = ChildProcess::Start(entry->service.process);
    started = child.status();
    if (child.ok()) entry->child = *std::move(child);
  });
  HIR_RETURN_IF_ERROR(started);
  // Not watched before it is ready: a first start that fails is the caller's to tell, not to
  // repeat. On an error the entry, and the child with it, ends here.
  HIR_RETURN_IF_ERROR(WaitUntilReady(*entry, should_stop));
  entry->history.Ready(clock_.Now());
  absl::MutexLock lock(&mutex_);
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::Status Supervisor::WaitUntilReady(Entry& entry, const std::function<bool()>& should_stop) {
  const ProcessSpec& process = entry.service.process;
  const absl::Time end = absl::Now() + entry.service.start_timeout;
  while (true) {
    // Asked before the exit code is looked at: a child that could not have its port is dead by the
    // time that whoever has the port answers in its place.
    const absl::Status ready = entry.service.ready();
    if (const auto code = entry.child->ExitCode()) {
      return absl::UnavailableError(HowItEnded(process, *code));
    }
    if (ready.ok()) return absl::OkStatus();
    if (should_stop()) {
      return absl::CancelledError(absl::StrCat("stopped while ", process.name, " was starting."));
    }
    if (absl::Now() >= end) {
      return absl::UnavailableError(absl::StrCat(
          process.name, " was not ready within ", absl::FormatDuration(entry.service.start_timeout),
          ": ", ready.message(), " (log: ", process.log_path, ")"));
    }
    absl::SleepFor(kWatchInterval);
  }
}

void Supervisor::Watch() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    if (work_ != nullptr) {
      (*work_)();
      work_ = nullptr;
    }
    for (const auto& entry : entries_) Look(*entry);
    const auto wanted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stopping_ || work_ != nullptr;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&wanted), kWatchInterval);
  }
  work_ = nullptr;
  // The children die with this thread; Stop() ends them in order before it lets go of them.
  const auto none_left = [this]()
                             ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return entries_.empty(); };
  mutex_.Await(absl::Condition(&none_left));
}

void Supervisor::Look(Entry& entry) {
  if (entry.ended) return;
  // Set also for the rest of a gang, whose processes may still be dying of their SIGKILL.
  if (entry.restart_at != absl::InfiniteFuture()) {
    if (clock_.Now() < entry.restart_at) return;
    StartAgain(entry);
  }
  if (const std::optional<int> code = entry.child->ExitCode()) {
    Bury(entry, *code);
  } else if (!entry.history.up()) {
    LookWhetherUp(entry);
  }
}

void Supervisor::StartAgain(Entry& entry) {
  entry.restart_at = absl::InfiniteFuture();
  entry.start_deadline = clock_.Now() + entry.service.start_timeout;
  entry.history.Started();
  // Where that fails, the dead child stays, and is found dead again: one more failed start.
  auto child = ChildProcess::Start(entry.service.process);
  if (child.ok()) entry.child = *std::move(child);
}

void Supervisor::LookWhetherUp(Entry& entry) {
  if (entry.service.ready().ok()) {
    entry.history.Ready(clock_.Now());
  } else if (clock_.Now() >= entry.start_deadline) {
    // It hangs. Once it is dead it is treated like any other death.
    entry.child->Signal(SIGKILL);
  }
}

void Supervisor::Bury(Entry& entry, int exit_code) {
  const std::string how = HowItEnded(entry.service.process, exit_code);
  const std::optional<absl::Duration> pause = entry.history.Died(clock_.Now());
  // It says itself that it can't run so, or it has shown it often enough. The ring's other services
  // are left alone: their owner learns of it by Health() and stops them in order.
  if (exit_code == kUsageError || !pause.has_value()) {
    entry.ended = true;
    health_.Update(absl::UnavailableError(how));
    return;
  }
  RestartAt(entry, clock_.Now() + *pause);
  ++restarts_;
  news_.push_back(absl::StrCat(how, "; its death number ", entry.history.deaths(),
                               ", started again in ", absl::FormatDuration(*pause)));
}

void Supervisor::RestartAt(Entry& entry, absl::Time time) {
  const std::string& gang = entry.service.gang;
  for (const auto& other : entries_) {
    // Ranks that lost one of them wait in a collective that never ends; none can be kept.
    const bool together = !gang.empty() && other->service.gang == gang;
    if (other.get() != &entry && !together) continue;
    if (other->child->Running()) other->child->Signal(SIGKILL);
    // Even one that was not to be started again: without it the others can't come up.
    other->ended = false;
    other->restart_at = time;
  }
}

absl::Status Supervisor::Health() const {
  absl::MutexLock lock(&mutex_);
  return health_;
}

std::vector<std::string> Supervisor::TakeNews() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(news_, {});
}

int Supervisor::restarts() const {
  absl::MutexLock lock(&mutex_);
  return restarts_;
}

pid_t Supervisor::PidOf(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& entry : entries_) {
    if (entry->service.process.name == name) return entry->child->pid();
  }
  return -1;
}

void Supervisor::Stop() {
  absl::MutexLock lock(&mutex_);
  // The lock is kept to the end: nothing is started again meanwhile. In the reverse order of their
  // start, so that each can still hand over what it holds to those it depends on.
  stopping_ = true;
  while (!entries_.empty()) {
    ChildProcess& child = *entries_.back()->child;
    child.Signal(SIGTERM);
    if (!child.WaitFor(options_.stop_deadline)) child.Signal(SIGKILL);
    entries_.pop_back();
  }
}

}  // namespace hir
