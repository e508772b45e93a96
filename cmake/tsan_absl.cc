// Tells ThreadSanitizer of absl's locks. Debian's libabsl_synchronization.so is compiled without
// it, so that it sees neither the locks nor what they order, and every guarded field looks like a
// race. The functions here are found before the library's, by gRPC too; each calls the library's
// own between the announcements that an instrumented absl makes itself. Every program of the tsan
// preset links this file.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/base/options.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#define HIR_STRING_OF(name) #name
#define HIR_STRING(name) HIR_STRING_OF(name)

namespace {

constexpr unsigned kExclusive = 0;
constexpr unsigned kShared = __tsan_mutex_read_lock;

// The library's own function; `rest` is its mangled name after absl's inline namespace.
template <typename Function>
Function* Real(std::string_view rest) {
  constexpr std::string_view kNamespace = HIR_STRING(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  std::string name = "_ZN4absl";
  if (rest.substr(0, 1) == "K") {
    name = "_ZNK4absl";
    rest.remove_prefix(1);
  }
  name += std::to_string(kNamespace.size());
  name += kNamespace;
  name += rest;
  void* function = dlsym(RTLD_NEXT, name.c_str());
  if (function == nullptr) {
    abort();  // This absl is not the one that the headers describe.
  }
  return reinterpret_cast<Function*>(function);
}

// Nothing between these two is looked at; the second takes up what earlier holders did.
class Locking {
 public:
  Locking(absl::Mutex* mutex, unsigned flags) : mutex_(mutex), flags_(flags) {
    __tsan_mutex_pre_lock(mutex_, flags_);
  }
  ~Locking() {
    __tsan_mutex_post_lock(mutex_, taken_ ? flags_ : flags_ | __tsan_mutex_try_lock_failed, 0);
  }
  void set_taken(bool taken) { taken_ = taken; }

 private:
  absl::Mutex* mutex_;
  unsigned flags_;
  bool taken_ = true;
};

class Unlocking {
 public:
  Unlocking(absl::Mutex* mutex, unsigned flags) : mutex_(mutex), flags_(flags) {
    __tsan_mutex_pre_unlock(mutex_, flags_);
  }
  ~Unlocking() { __tsan_mutex_post_unlock(mutex_, flags_); }

 private:
  absl::Mutex* mutex_;
  unsigned flags_;
};

// A wait gives the lock back and takes it again.
class Waiting {
 public:
  explicit Waiting(absl::Mutex* mutex) : locking_(GiveBack(mutex), kExclusive) {}

 private:
  static absl::Mutex* GiveBack(absl::Mutex* mutex) {
    Unlocking unlocking(mutex, kExclusive);
    return mutex;
  }
  Locking locking_;
};

// What `notified` orders is kept at the address of its flag, where an inline HasBeenNotified()
// looks for it.
void* FlagOf(const absl::Notification* notification) {
  return const_cast<char*>(reinterpret_cast<const char*>(notification)) + sizeof(absl::Mutex);
}

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

// The library's own waits with a timeout call those with a deadline, which would be announced
// twice.

// --- Mutex -------------------------------------------------------------------------------------
Mutex::~Mutex() {
  static const auto real = Real<void(Mutex*)>("5MutexD1Ev");
  // Nothing, unless the constructor was compiled with ThreadSanitizer: what orders the end of
  // gRPC's own locks is not seen.
  __tsan_mutex_destroy(this, __tsan_mutex_not_static);
  real(this);
}

void Mutex::Lock() {
  static const auto real = Real<void(Mutex*)>("5Mutex4LockEv");
  Locking locking(this, kExclusive);
  real(this);
}

void Mutex::Unlock() {
  static const auto real = Real<void(Mutex*)>("5Mutex6UnlockEv");
  Unlocking unlocking(this, kExclusive);
  real(this);
}

bool Mutex::TryLock() {
  static const auto real = Real<bool(Mutex*)>("5Mutex7TryLockEv");
  Locking locking(this, kExclusive | __tsan_mutex_try_lock);
  const bool taken = real(this);
  locking.set_taken(taken);
  return taken;
}

void Mutex::ReaderLock() {
  static const auto real = Real<void(Mutex*)>("5Mutex10ReaderLockEv");
  Locking locking(this, kShared);
  real(this);
}

void Mutex::ReaderUnlock() {
  static const auto real = Real<void(Mutex*)>("5Mutex12ReaderUnlockEv");
  Unlocking unlocking(this, kShared);
  real(this);
}

bool Mutex::ReaderTryLock() {
  static const auto real = Real<bool(Mutex*)>("5Mutex13ReaderTryLockEv");
  Locking locking(this, kShared | __tsan_mutex_try_lock);
  const bool taken = real(this);
  locking.set_taken(taken);
  return taken;
}

void Mutex::LockWhen(const Condition& condition) {
  static const auto real =
      Real<void(Mutex*, const Condition&)>("5Mutex8LockWhenERKNS0_9ConditionE");
  Locking locking(this, kExclusive);
  real(this, condition);
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  return LockWhenWithDeadline(condition, Now() + timeout);
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static const auto real = Real<bool(Mutex*, const Condition&, Time)>(
      "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  Locking locking(this, kExclusive);
  return real(this, condition, deadline);
}

// Waits under a reader's lock, which the project does not use, would be announced as exclusive
// ones.
void Mutex::Await(const Condition& condition) {
  static const auto real = Real<void(Mutex*, const Condition&)>("5Mutex5AwaitERKNS0_9ConditionE");
  Waiting waiting(this);
  real(this, condition);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  return AwaitWithDeadline(condition, Now() + timeout);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static const auto real = Real<bool(Mutex*, const Condition&, Time)>(
      "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  Waiting waiting(this);
  return real(this, condition, deadline);
}

// --- CondVar -----------------------------------------------------------------------------------
void CondVar::Wait(Mutex* mutex) {
  static const auto real = Real<void(CondVar*, Mutex*)>("7CondVar4WaitEPNS0_5MutexE");
  Waiting waiting(mutex);
  real(this, mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  return WaitWithDeadline(mutex, Now() + timeout);
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static const auto real =
      Real<bool(CondVar*, Mutex*, Time)>("7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  Waiting waiting(mutex);
  return real(this, mutex, deadline);
}

// --- Notification ------------------------------------------------------------------------------
void Notification::Notify() {
  static const auto real = Real<void(Notification*)>("12Notification6NotifyEv");
  __tsan_release(FlagOf(this));
  real(this);
}

void Notification::WaitForNotification() const {
  static const auto real =
      Real<void(const Notification*)>("K12Notification19WaitForNotificationEv");
  real(this);
  __tsan_acquire(FlagOf(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static const auto real = Real<bool(const Notification*, Duration)>(
      "K12Notification30WaitForNotificationWithTimeoutENS0_8DurationE");
  const bool notified = real(this, timeout);
  __tsan_acquire(FlagOf(this));
  return notified;
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  static const auto real = Real<bool(const Notification*, Time)>(
      "K12Notification31WaitForNotificationWithDeadlineENS0_4TimeE");
  const bool notified = real(this, deadline);
  __tsan_acquire(FlagOf(this));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
