#include "hir/checkers/remote/python/sandbox.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/score.h"
#include "hir/checkers/remote/kinds.h"

namespace hir::remote {
namespace {

using ::testing::HasSubstr;

// A container may forbid what every sandbox is made of; then there is nothing to test.
class NeedsNamespaces : public testing::Environment {
 public:
  void SetUp() override {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread.
    if (std::system("bwrap --unshare-all --unshare-user --ro-bind / / true 2>/dev/null") != 0) {
      GTEST_SKIP() << "bwrap can't make namespaces here; allow them (docs/verifier.md)";
    }
  }
};
const testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new NeedsNamespaces);

constexpr PythonSandboxOptions kOptions = {.workers = 2, .cpu_seconds = 1};

std::shared_ptr<PythonSandbox> Sandbox() {
  static const auto* const sandbox = [] {
    auto started = PythonSandbox::Start(kOptions);
    EXPECT_TRUE(started.ok()) << started.status();
    return new std::shared_ptr<PythonSandbox>(started.ok() ? *std::move(started) : nullptr);
  }();
  return *sandbox;
}

// The verdict of a function with this body.
CheckResult Decide(const std::string& body, const std::string& response = "text") {
  return Sandbox()->Check("def check_following(instruction, response):\n  " + body, "instruction",
                          response);
}

TEST(PythonSandboxTest, TheFunctionDecides) {
  EXPECT_EQ(Decide("return 'x' in response", "axe"), PassIf(true));
  EXPECT_EQ(Decide("return 'x' in response", "a"), PassIf(false));
  EXPECT_EQ(Decide("return instruction == 'instruction' and response == '\u00e9\\n'", "\u00e9\n"),
            PassIf(true));
  EXPECT_EQ(Decide("return None"), PassIf(false));
}

TEST(PythonSandboxTest, TheSourceMayHaveHelpersAndImports) {
  const std::string source =
      "import collections\n"
      "def words(text):\n  return re.findall(r'\\w+', text)\n"
      "def check_following(instruction, response):\n"
      "  from math import floor\n"
      "  return collections.Counter(words(response))['a'] == floor(2.5)\n";
  EXPECT_EQ(Sandbox()->Check(source, "", "a b a"), PassIf(true));
}

TEST(PythonSandboxTest, ChecksCannotSeeOneAnother) {
  EXPECT_EQ(Decide("import re; re.search = lambda *_: True; return True"), PassIf(true));
  EXPECT_EQ(Decide("return bool(re.search('x', 'y'))"), PassIf(false));
}

TEST(PythonSandboxTest, AChecksHeapHoldsNothingOfOthers) {
  auto sandbox = PythonSandbox::Start({});
  ASSERT_TRUE(sandbox.ok()) << sandbox.status();
  std::string response;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&response, "secret", "-of-another ");
  const std::string raising =
      "def check_following(instruction, response):\n  raise ValueError(response)\n";
  for (int i = 0; i < 5; ++i) (*sandbox)->Check(raising, response, response);
  // What is freed keeps its bytes until they are used again.
  const std::string reading =
      "import ctypes, sys\n"
      "def check_following(instruction, response):\n"
      "  sbrk = ctypes.CDLL(None).sbrk\n"
      "  sbrk.restype = ctypes.c_void_p\n"
      "  end = sbrk(ctypes.c_ssize_t(0))\n"
      // Long texts that were read from files lie in the heap; those of the program itself, below it
      // and maybe with nothing between, have a reference count that no other has.
      "  texts = [m.__doc__ for m in sys.modules.values() if len(m.__doc__ or '') > 512]\n"
      "  begin = min(id(t) for t in texts if sys.getrefcount(t) < 10**6 and id(t) < end)\n"
      "  assert end - begin > 100_000\n"
      "  return instruction.swapcase().encode() in ctypes.string_at(begin, end - begin)\n";
  EXPECT_EQ((*sandbox)->Check(reading, "SECRET-OF-ANOTHER", ""), PassIf(false));
  // It does find what is there: its own.
  EXPECT_EQ((*sandbox)->Check(reading, "SECRET-OF-ANOTHER", response), PassIf(true));
}

TEST(PythonSandboxTest, WhatRaisesIsUndecidableAndSaysWhy) {
  EXPECT_EQ(Decide("return 1 / 0"),
            Undecidable("The checker raises ZeroDivisionError: division by zero"));
  EXPECT_EQ(Decide("raise SystemExit(3)").verdict, Verdict::kUndecidable);
  EXPECT_EQ(Sandbox()->Check("def f(", "", "").verdict, Verdict::kUndecidable);
  EXPECT_THAT(Sandbox()->Check("x = 1", "", "").reason, HasSubstr("KeyError: 'check_following'"));
}

struct Hostile {
  const char* name;
  const char* body;
  const char* reason;  // A part of it.
};

class HostileChecker : public testing::TestWithParam<Hostile> {};

TEST_P(HostileChecker, IsUndecidableAndTheNextOneIsServed) {
  const CheckResult result = Decide(GetParam().body);
  EXPECT_EQ(result.verdict, Verdict::kUndecidable);
  EXPECT_THAT(result.reason, HasSubstr(GetParam().reason));
  EXPECT_EQ(Decide("return True"), PassIf(true));
}

INSTANTIATE_TEST_SUITE_P(
    Functions, HostileChecker,
    testing::Values(
        Hostile{"ForkBomb", "import os\n  while True: os.fork()", "PermissionError"},
        Hostile{"ForkBombThatGoesOn",
                "import os\n  while True:\n    try: os.fork()\n    except OSError: pass",
                "CPU time"},
        Hostile{"EndlessLoop", "while True: pass", "1 s of CPU time"},
        Hostile{"EndlessSleep", "import time\n  time.sleep(1000)", "PermissionError"},
        Hostile{"EndlessSelect", "import select\n  select.select([], [], [])", "PermissionError"},
        Hostile{"EndlessPoll", "import select\n  select.poll().poll()", "PermissionError"},
        Hostile{"EndlessPause", "import signal\n  signal.pause(); raise ValueError('no pause')",
                "no pause"},
        Hostile{"EndlessWaitForALock",
                "import threading\n  lock = threading.Lock()\n  lock.acquire(); lock.acquire()",
                "by signal"},
        Hostile{"EndlessInput", "import sys\n  raise ValueError(repr(sys.stdin.read()))", "''"},
        Hostile{"MemoryBomb", "x = []\n  while True: x.append(bytearray(1 << 24))", "MemoryError"},
        Hostile{"FileInMemory", "import os\n  return os.memfd_create('x')", "PermissionError"},
        Hostile{"FileWrite", "open('/tmp/x', 'w').write('x')", "Error"},
        Hostile{"FileWriteInUsr", "open('/usr/x', 'w').write('x')", "Error"},
        Hostile{"FileRead", "return open('/etc/passwd').read()", "Error"},
        Hostile{"ProcessList", "import os\n  return os.listdir('/proc')", "Error"},
        Hostile{"Socket", "import socket\n  return socket.socket()", "PermissionError"},
        Hostile{"Environment", "import os\n  return os.environ['HOME']", "KeyError"},
        Hostile{"Program", "import os\n  os.execv('/usr/bin/env', ['env'])", "PermissionError"},
        Hostile{"Kill", "import os\n  os.kill(-1, 9)", "PermissionError"},
        Hostile{"Limits", "import resource as r\n  r.setrlimit(r.RLIMIT_CPU, (99, 99))", "Error"},
        Hostile{"Threads", "import threading\n  threading.Thread(target=print).start()",
                "RuntimeError"},
        Hostile{"Output", "while True: print('x' * 1000000)", "prints more than"},
        Hostile{"OutputPastPython", "import os\n  while True: os.write(1, b'x' * 1000000)",
                "prints more than"},
        Hostile{"CatastrophicRegex", "return re.match('(a+)+$', 'a' * 50 + 'b')", "CPU time"},
        Hostile{"Recursion", "return check_following(instruction, response)", "RecursionError"},
        Hostile{"Crash", "import ctypes\n  ctypes.string_at(0)", "signal 11"},
        Hostile{"ExitEarly", "import os\n  os._exit(0)", "without a verdict"},
        Hostile{"ForgedResult", "import os\n  os.write(3, b'x' * 9); os._exit(0)", "verdict"},
        Hostile{"HugeReason", "raise ValueError('x' * 10**7)", "ValueError: xxx"}),
    [](const auto& hostile) { return hostile.param.name; });

TEST(PythonSandboxTest, TheEnvironmentOfTheServiceIsNotThere) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread.
  setenv("HIR_TEST_SECRET", "secret", 1);
  auto sandbox = PythonSandbox::Start({});
  ASSERT_TRUE(sandbox.ok()) << sandbox.status();
  EXPECT_EQ((*sandbox)->Check("import os\n"
                              "def check_following(instruction, response):\n"
                              "  return 'HIR_TEST_SECRET' in os.environ\n",
                              "", ""),
            PassIf(false));
}

TEST(PythonSandboxTest, ManyThreadsShareFewWorkers) {
  std::vector<std::thread> threads;
  std::vector<int> passed(8, 0);
  for (size_t i = 0; i < passed.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int check = 0; check < 10; ++check) {
        const std::string text = absl::StrCat(i, "-", check);
        passed[i] += Decide(absl::StrCat("return response == '", text, "'"), text) == PassIf(true);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : passed) EXPECT_EQ(count, 10);
}

TEST(PythonSandboxTest, ALongResponseArrivesWhole) {
  EXPECT_EQ(Decide("return len(response) == 5000000", std::string(5'000'000, 'a')), PassIf(true));
}

TEST(PythonSandboxTest, WithoutBubblewrapItDoesNotStart) {
  const std::string path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  setenv("PATH", "/nowhere", 1);                 // NOLINT(concurrency-mt-unsafe)
  const auto sandbox = PythonSandbox::Start(kOptions);
  setenv("PATH", path.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(sandbox.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(sandbox.status().message()), HasSubstr("apt-get install bubblewrap"));
}

TEST(PythonSandboxTest, OptionsOutsideTheirRangeAreRefused) {
  EXPECT_TRUE(Validate(kOptions).ok());
  for (const PythonSandboxOptions& wrong :
       {PythonSandboxOptions{.workers = 0}, PythonSandboxOptions{.workers = 257},
        PythonSandboxOptions{.cpu_seconds = 0}, PythonSandboxOptions{.memory_bytes = 1 << 20}}) {
    EXPECT_EQ(Validate(wrong).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(PythonCheckerTest, TheKindIsDisabledUntilItIsEnabled) {
  CheckerRegistry registry;
  RegisterKinds(registry);
  const nlohmann::json arguments = {
      {"source", "def check_following(i, r):\n  return (i, r) == ('instruction', 'x')"}};
  EXPECT_TRUE(registry.IsRemote("python:check_following"));
  auto checker = registry.Create("python:check_following", arguments);
  ASSERT_TRUE(checker.ok()) << checker.status();
  EXPECT_THAT(CheckText(**checker, ResponseText::FromUtf8("x")).reason,
              HasSubstr("--python-checkers"));
  EnablePythonCheckers(registry, Sandbox());
  checker = registry.Create("python:check_following", arguments);
  ASSERT_TRUE(checker.ok()) << checker.status();
  EXPECT_TRUE((*checker)->waits());
  EXPECT_EQ(CheckText(**checker, ResponseText::FromUtf8("x")), PassIf(true));
}

}  // namespace
}  // namespace hir::remote
