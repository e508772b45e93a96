// Random operations on Redis and on the model: every answer must be the same.
//
// A failure names its seed; HIR_STORE_SEED=<seed> runs that one alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/store/shown_records.h"
#include "hir/store/store_fixture.h"

namespace hir {
namespace {

constexpr int kOperations = 600;  // Per seed.
constexpr uint64_t kTasks = 24;   // Of six steps.
// Leases last an hour: no multiple of this comes close to it, however long the test itself takes.
constexpr absl::Duration kLongWhile = absl::Minutes(25);

// Shifts all stored times ARGV[1] ms into the past, which to the store is the same as waiting.
constexpr char kAge[] = R"lua(
local age = tonumber(ARGV[1])
for _, kind in ipairs({'leases', 'workers'}) do
  for _, set in ipairs(redis.call('KEYS', 'hir:*:' .. kind)) do
    for _, member in ipairs(redis.call('ZRANGE', set, 0, -1)) do
      redis.call('ZINCRBY', set, 0 - age, member)
    end
  end
end
for _, step in ipairs(redis.call('KEYS', 'hir:*:step:*')) do
  if redis.call('HEXISTS', step, 'first_insert') == 1 then
    redis.call('HINCRBY', step, 'first_insert', 0 - age)
  end
end
return {'OK'}
)lua";

std::vector<uint64_t> Seeds() {
  uint64_t seed = 0;
  const char* const wanted = std::getenv("HIR_STORE_SEED");
  if (wanted != nullptr && absl::SimpleAtoi(wanted, &seed)) return {seed};
  return {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
}

class RandomOperations : public StoreTest {
 protected:
  // Runs the same operation on both stores and fails if they answer differently.
  template <typename Ask>
  void Both(const std::string& operation, Ask ask) {
    const auto redis = ask(*store_);
    const auto model = ask(model_);
    if (redis.ok()) answered_.insert(operation.substr(0, operation.find('(')));
    ASSERT_EQ(ShownRecords(absl::Now()).Show(redis), ShownRecords(clock_.Now()).Show(model))
        << operation << " is answered by Redis as first, by the model as second";
  }

  void Pass(absl::Duration duration) {
    const std::vector<std::string> arguments = {absl::StrCat(absl::ToInt64Milliseconds(duration))};
    ASSERT_EQ(redis_->Run(age_, "", arguments).status(), absl::OkStatus());
    clock_.Sleep(duration);
  }

  uint64_t Draw(uint64_t count) { return random_() % count; }
  bool Once(uint64_t in) { return Draw(in) == 0; }

  int64_t AnyStep() { return 1 + static_cast<int64_t>(Draw(6)); }
  std::string AnyDigest(uint64_t incarnation, int64_t version) {
    if (Once(12)) return Once(2) ? "" : "another";
    return absl::StrCat("w", incarnation, ".", version);
  }
  uint64_t NewestIncarnation() {
    const auto context = model_.GetSampleContext(run_, {}, {});
    return context.ok() ? context->incarnation : 0;
  }
  // Mostly the version after the newest weights.
  WeightsId NextWeights() {
    const auto state = model_.GetRun(run_);
    WeightsId weights{.incarnation = NewestIncarnation(), .version = 0, .digest = ""};
    if (state.ok()) weights.version = state->weights.version + 1;
    if (Once(5)) weights.version = static_cast<int64_t>(Draw(7));
    if (Once(8)) weights.incarnation = Draw(5);
    weights.digest = AnyDigest(weights.incarnation, weights.version);
    return weights;
  }
  // Mostly the newest weights.
  WeightsId Serving() {
    const auto state = model_.GetRun(run_);
    if (state.ok() && !Once(4)) return state->weights;
    const uint64_t incarnation = Draw(4);
    const auto version = static_cast<int64_t>(Draw(7));
    return {incarnation, version, AnyDigest(incarnation, version)};
  }
  // Tasks of which, with few exceptions, four belong to each step, and two of these only replace
  // others.
  TaskRecord AnyTask() {
    const uint64_t task = Draw(kTasks);
    const int64_t step = Once(12) ? AnyStep() : StepOf(task);
    TaskRecord record = Task(task, step, 1 + static_cast<uint32_t>(task % 3));
    record.replacement = task % 4 > 1;
    return record;
  }
  static int64_t StepOf(uint64_t task) { return 1 + static_cast<int64_t>(task / 4); }
  LeaseToken AnyLease() { return {Draw(kTasks + 1), Draw(5)}; }

  void Create() {
    LedgerRun record = Record();
    record.config = absl::StrCat("config ", Once(10));
    record.tokenizer_digest = Once(20) ? "other" : "abc";
    record.lease_duration = Once(4) ? absl::ZeroDuration() : absl::Hours(1);
    record.max_attempts = 1 + static_cast<int>(Draw(4));
    record.max_staleness = static_cast<int>(Draw(3));
    record.replacements_per_step = static_cast<int>(Draw(3));
    Both("CreateRun()", [&](ReplayStore& s) { return s.CreateRun(run_, record); });
  }
  void ChangeConfig() {
    const std::string before = absl::StrCat("config ", Draw(2));
    const std::string after = absl::StrCat("config ", Draw(2));
    Both(absl::StrCat("ChangeConfig(", before, ")"),
         [&](ReplayStore& s) { return s.ChangeConfig(run_, before, after); });
  }
  void Put() {
    std::vector<TaskRecord> tasks(1 + Draw(4));
    for (TaskRecord& task : tasks) task = AnyTask();
    Both(absl::StrCat("PutTasks(", tasks[0].task, " and others)"),
         [&](ReplayStore& s) { return s.PutTasks(run_, tasks); });
  }
  void LeaseSome() {
    const LeaseRequest request = {.worker = Draw(8) == 0 ? "" : absl::StrCat("w:", Draw(4)),
                                  .serving = Serving(),
                                  .worker_payload = absl::StrCat("payload ", Draw(3)),
                                  .max_tasks = static_cast<int>(Draw(4))};
    Both(absl::StrCat("LeaseTasks(", request.worker, ", ", request.max_tasks, ")"),
         [&](ReplayStore& s) { return s.LeaseTasks(run_, request); });
  }
  void GiveUp() {
    std::vector<GivenUpLease> leases(1 + Draw(3));
    for (GivenUpLease& lease : leases) {
      lease = {AnyLease(), std::string(Draw(302), 'x') + "\xe2\x82\xac\xe2\x82\xac"};
    }
    Both(absl::StrCat("GiveUp(", leases[0].lease.task, " and others)"),
         [&](ReplayStore& s) { return s.GiveUp(run_, leases); });
  }
  void Renew() {
    std::vector<LeaseToken> leases(1 + Draw(4));
    for (LeaseToken& lease : leases) lease = AnyLease();
    Both(absl::StrCat("RenewLeases(", leases[0].task, " and others)"),
         [&](ReplayStore& s) { return s.RenewLeases(run_, leases); });
  }
  void Context() {
    const SampleId sample = {Draw(kTasks + 1), static_cast<uint32_t>(Draw(4))};
    const std::vector<WeightsId> weights = {{Draw(4), static_cast<int64_t>(Draw(7))},
                                            {NewestIncarnation(), static_cast<int64_t>(Draw(7))}};
    Both(absl::StrCat("GetSampleContext(", sample.task, "/", sample.sample, ")"),
         [&](ReplayStore& s) { return s.GetSampleContext(run_, sample, weights); });
  }
  std::optional<double> AnyReward() {
    if (Once(5)) return std::nullopt;
    return Once(2) ? 1.0 / 3 : 0.0;
  }
  void InsertSome() {
    const TaskRecord task = AnyTask();
    const SampleRecord sample = {.task = Once(20) ? 99 : task.task,
                                 .sample = static_cast<uint32_t>(Draw(3)),
                                 .step = task.step,
                                 .token = Once(3) ? Draw(5) : 1,
                                 .payload = std::string(Draw(20), 's'),
                                 .reward = AnyReward()};
    Both(absl::StrCat("Insert(", sample.task, "/", sample.sample, " under ", sample.token, ")"),
         [&](ReplayStore& s) { return s.Insert(run_, sample); });
  }
  void Read() {
    std::vector<SampleId> keys(Draw(3));
    for (SampleId& key : keys) key = {Draw(kTasks), static_cast<uint32_t>(Draw(3))};
    const int64_t step = keys.empty() ? AnyStep() : StepOf(keys[0].task);
    Both(absl::StrCat("ReadSamples(", step, ")"),
         [&](ReplayStore& s) { return s.ReadSamples(run_, step, keys); });
  }
  void Freeze() {
    const int64_t step = AnyStep();
    const Manifest manifest = {absl::StrCat("batch ", Draw(100)), absl::StrCat("digest ", step)};
    Both(absl::StrCat("Freeze(", step, ")"),
         [&](ReplayStore& s) { return s.Freeze(run_, step, manifest); });
  }
  void LookAtStep() {
    const int64_t step = AnyStep();
    Both(absl::StrCat("GetStep(", step, ")"),
         [&](ReplayStore& s) { return s.GetStep(run_, step); });
    Both(absl::StrCat("GetStepTasks(", step, ")"),
         [&](ReplayStore& s) { return s.GetStepTasks(run_, step); });
    Both(absl::StrCat("ReadManifest(", step, ")"),
         [&](ReplayStore& s) { return s.ReadManifest(run_, step); });
  }
  void LookAtRun() {
    Both("GetRun()", [&](ReplayStore& s) { return s.GetRun(run_); });
    Both("ListDigests()", [&](ReplayStore& s) { return s.ListDigests(run_); });
    Both("GetProgress()", [&](ReplayStore& s) { return s.GetProgress(run_); });
  }
  void LookAtWorkers() {
    const absl::Duration ages[] = {kWorkerAge, absl::Minutes(40), absl::Minutes(55)};
    const absl::Duration age = ages[Draw(3)];
    Both(absl::StrCat("ListWorkers(", absl::FormatDuration(age), ")"),
         [&](ReplayStore& s) { return s.ListWorkers(run_, age); });
  }
  void TakeIncarnation() {
    const uint64_t above = Once(3) ? Draw(4) : 0;
    Both(absl::StrCat("TakeIncarnation(", above, ")"),
         [&](ReplayStore& s) { return s.TakeIncarnation(run_, absl::StrCat("l:", above), above); });
  }
  void Advance() {
    const WeightsId weights = NextWeights();
    const std::string batch = Once(3) ? absl::StrCat("digest ", Once(4) ? 0 : weights.version) : "";
    Both(absl::StrCat("AdvanceVersion(", weights.incarnation, "/", weights.version, ")"),
         [&](ReplayStore& s) { return s.AdvanceVersion(run_, weights, batch); });
  }
  void Commit() {
    const WeightsId weights = {Once(8) ? Draw(5) : NewestIncarnation(),
                               static_cast<int64_t>(Draw(7)), "w"};
    const auto oldest = static_cast<int64_t>(Draw(7));
    Both(absl::StrCat("CommitCheckpoint(", weights.version, ", ", oldest, ")"),
         [&](ReplayStore& s) { return s.CommitCheckpoint(run_, weights, oldest); });
  }
  void Delete() {
    Both("DeleteRun()", [&](ReplayStore& s) { return s.DeleteRun(run_); });
  }

  // One operation on one of two runs. Operations that advance samples are frequent, those that end
  // a run are rare.
  void Step() {
    using Operation = void (RandomOperations::*)();
    struct Weighted {
      int weight;
      Operation operation;
    };
    static constexpr Weighted kAll[] = {
        {4, &RandomOperations::Create},        {1, &RandomOperations::ChangeConfig},
        {12, &RandomOperations::Put},          {20, &RandomOperations::LeaseSome},
        {3, &RandomOperations::GiveUp},        {5, &RandomOperations::Renew},
        {6, &RandomOperations::Context},       {60, &RandomOperations::InsertSome},
        {6, &RandomOperations::Read},          {8, &RandomOperations::Freeze},
        {8, &RandomOperations::LookAtStep},    {8, &RandomOperations::LookAtRun},
        {4, &RandomOperations::LookAtWorkers}, {2, &RandomOperations::TakeIncarnation},
        {8, &RandomOperations::Advance},       {3, &RandomOperations::Commit}};
    run_ = Once(6) ? "other" : kRun;
    if (Once(kOperations / 2)) return Delete();
    uint64_t total = 0;
    for (const Weighted& each : kAll) total += each.weight;
    uint64_t drawn = Draw(total);
    for (const Weighted& each : kAll) {
      const auto weight = static_cast<uint64_t>(each.weight);
      if (drawn < weight) return (this->*each.operation)();
      drawn -= weight;
    }
  }

  void RunSeed(uint64_t seed) {
    random_.seed(seed);
    for (const char* const run : {kRun, "other"}) {
      (void)store_->DeleteRun(run);
      (void)model_.DeleteRun(run);
    }
    for (int i = 0; i < kOperations && !HasFatalFailure(); ++i) {
      SCOPED_TRACE(absl::StrCat("operation ", i, "; HIR_STORE_SEED=", seed, " runs it again"));
      Step();
      // Redis' clock may not have advanced since the last operation, so this makes later events
      // later there, too.
      Pass(Once(25) ? kLongWhile : absl::Milliseconds(1));
    }
  }

  void SetUp() override {
    server_ = RedisServer::Start({"--appendonly", "no"}).value();
    store_ = NewStore();
    redis_ = std::make_unique<RedisClient>(RedisOptions{.address = Address()});
  }

  ManualClock clock_;
  ModelReplayStore model_{clock_};
  std::unique_ptr<RedisClient> redis_;
  const RedisScript age_{kAge};
  std::mt19937_64 random_;
  std::string run_;
  std::set<std::string> answered_;  // Names of operations that succeeded at least once.
};

TEST_F(RandomOperations, AreAnsweredByRedisAsByTheModel) {
  for (const uint64_t seed : Seeds()) {
    RunSeed(seed);
    if (HasFatalFailure()) return;
  }
  if (Seeds().size() == 1) return;
  EXPECT_EQ(answered_.size(), 21u) << "an operation was always refused, so little was compared";
}

}  // namespace
}  // namespace hir
