#include "hir/process/stop_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "absl/time/clock.h"

namespace hir {
namespace {

// A signal handler can use only globals; these are lock-free, or written before it is installed.
std::atomic<int> caught_signal = 0;
std::atomic<bool> stop_requested = false;
std::atomic<int> write_fd = -1;
static_assert(std::atomic<int>::is_always_lock_free);

void Wake() {
  const char byte = 0;
  // If the pipe is full, all waiters have been woken already.
  [[maybe_unused]] const ssize_t written = write(write_fd.load(), &byte, 1);
}

void HandleSignal(int signal) {
  const int saved_errno = errno;
  int none = 0;
  caught_signal.compare_exchange_strong(none, signal);
  stop_requested.store(true);
  Wake();
  errno = saved_errno;
}

void Install(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() : read_fd_(-1) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) abort();
  read_fd_ = fds[0];
  write_fd.store(fds[1]);
  caught_signal.store(0);
  stop_requested.store(false);
  Install(HandleSignal);
}

StopSignal::~StopSignal() {
  Install(SIG_DFL);
  close(write_fd.exchange(-1));
  close(read_fd_);
}

bool StopSignal::stopped() const { return stop_requested.load(); }

int StopSignal::signal() const { return caught_signal.load(); }

bool StopSignal::Wait(absl::Duration timeout) const {
  const absl::Time end = absl::Now() + timeout;
  // The byte stays in the pipe, so that every waiter sees it.
  while (!stopped()) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    pollfd waiting = {.fd = read_fd_, .events = POLLIN, .revents = 0};
    const absl::Duration nap = std::min(left, absl::Hours(1));
    poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(nap)) + 1);
  }
  return true;
}

void StopSignal::Stop() {
  stop_requested.store(true);
  Wake();
}

}  // namespace hir
