#include "hir/cluster/supervisor.h"

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr absl::Duration kWatchInterval = absl::Milliseconds(50);
constexpr int kUsageError = 2;

std::string HowItEnded(const ProcessSpec& process, int exit_code) {
  const std::string log = absl::StrCat(" (log: ", process.log_path, ")");
  if (exit_code > 128) {
    // Whatever it logged last has nothing to do with it.
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
    : options_(options), watcher_([this] { Watch(); }) {}

Supervisor::~Supervisor() {
  Stop();
  watcher_.join();
}

void Supervisor::Run(const std::function<void()>& work) {
  absl::MutexLock lock(&mutex_);
  const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return work_ == nullptr; };
  mutex_.Await(absl::Condition(&free));
  if (stopping_) return;
  work_ = &work;
  const auto done = [this, &work]()
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return work_ != &work; };
  mutex_.Await(absl::Condition(&done));
}

absl::Status Supervisor::Start(SupervisedService service,
                               const std::function<bool()>& should_stop) {
  auto entry = std::make_unique<Entry>();
  entry->service = std::move(service);
  absl::Status started = absl::CancelledError("stopped before all services were started.");
  Run([&] {
    auto child = ChildProcess::Start(entry->service.process);
    started = child.status();
    if (child.ok()) entry->child = *std::move(child);
  });
  HIR_RETURN_IF_ERROR(started);
  HIR_RETURN_IF_ERROR(WaitUntilReady(*entry, should_stop));
  absl::MutexLock lock(&mutex_);
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::Status Supervisor::WaitUntilReady(Entry& entry, const std::function<bool()>& should_stop) {
  const ProcessSpec& process = entry.service.process;
  const absl::Time end = absl::Now() + entry.service.start_timeout;
  while (true) {
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
  const ProcessSpec& process = entry.service.process;
  if (entry.restart_at != absl::InfiniteFuture()) {
    if (absl::Now() < entry.restart_at) return;
    entry.restart_at = absl::InfiniteFuture();
    auto child = ChildProcess::Start(process);
    if (child.ok()) entry.child = *std::move(child);
  }
  const std::optional<int> code = entry.child->ExitCode();
  if (!code) return;
  const std::string how = HowItEnded(process, *code);
  if (*code == kUsageError || entry.restarts >= options_.max_restarts) {
    entry.ended = true;
    health_.Update(absl::UnavailableError(how));
    return;
  }
  RestartAt(entry, absl::Now() + options_.restart_delay * (1 << entry.restarts));
  ++entry.restarts;
  ++restarts_;
  Log(Severity::kWarning, "restarting a service", {{"name", process.name}, {"why", how}});
}

void Supervisor::RestartAt(Entry& entry, absl::Time time) {
  const std::string& gang = entry.service.gang;
  for (const auto& other : entries_) {
    const bool together = !gang.empty() && other->service.gang == gang;
    if (other.get() != &entry && !together) continue;
    if (other->child->Running()) other->child->Signal(SIGKILL);
    other->ended = false;
    other->restart_at = time;
  }
}

absl::Status Supervisor::Health() const {
  absl::MutexLock lock(&mutex_);
  return health_;
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
  stopping_ = true;
  while (!entries_.empty()) {
    ChildProcess& child = *entries_.back()->child;
    child.Signal(SIGTERM);
    if (!child.WaitFor(options_.stop_deadline)) child.Signal(SIGKILL);
    entries_.pop_back();
  }
}

}  // namespace hir
