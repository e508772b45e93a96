#include "services/rollout/lease_table.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Time kNow = absl::UnixEpoch();

replay::v1::LeasedTask Task(uint64_t number, uint64_t fencing_token,
                            const std::vector<uint32_t>& missing) {
  replay::v1::LeasedTask task;
  task.mutable_task()->set_task(number);
  task.set_fencing_token(fencing_token);
  task.mutable_missing_samples()->Add(missing.begin(), missing.end());
  return task;
}

// "TASK/TOKEN", and " REASON" of one that is given up.
std::vector<std::string> Shown(const std::vector<LeaseTable::Renewal>& renewals) {
  std::vector<std::string> shown;
  for (const auto& entry : renewals) {
    shown.push_back(std::to_string(entry.task()) + "/" + std::to_string(entry.fencing_token()));
    if (!entry.given_up().empty()) shown.back() += " " + entry.given_up();
  }
  return shown;
}

class LeaseTableTest : public testing::Test {
 protected:
  // Replay is told, and renews only the leases of `renewed`.
  std::vector<uint64_t> Renew(const std::set<uint64_t>& renewed) {
    return table_.OnRenewed(table_.Renewals(), renewed);
  }

  LeaseTable table_{"here:1"};
};

TEST_F(LeaseTableTest, HoldsALeaseUntilItsLastSampleIsSettled) {
  EXPECT_THAT(table_.TrackLease(Task(7, 3, {0, 4}), kNow), ElementsAre(0, 4));
  EXPECT_EQ(table_.unmade(), 2);
  ASSERT_NE(table_.OnGenerated(7, 3, 4), nullptr);
  EXPECT_EQ(table_.unmade(), 1);
  table_.OnSettled(7, 4, "");
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("7/3"));
  ASSERT_NE(table_.OnGenerated(7, 3, 0), nullptr);
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("7/3"));
  table_.OnSettled(7, 0, "");
  EXPECT_THAT(table_.Renewals(), IsEmpty());
}

TEST_F(LeaseTableTest, AGeneratedSampleComesWithItsGrant) {
  table_.TrackLease(Task(7, 3, {0}), kNow + absl::Seconds(5));
  const std::shared_ptr<const LeaseGrant> grant = table_.OnGenerated(7, 3, 0);
  ASSERT_NE(grant, nullptr);
  EXPECT_EQ(grant->task.fencing_token(), 3u);
  EXPECT_EQ(grant->granted, kNow + absl::Seconds(5));
  // The response may still be at work with it.
  table_.OnSettled(7, 0, "");
  EXPECT_EQ(grant->task.task().task(), 7u);
}

TEST_F(LeaseTableTest, ASampleIsGeneratedOnce) {
  table_.TrackLease(Task(7, 3, {0}), kNow);
  EXPECT_EQ(table_.OnGenerated(8, 3, 0), nullptr);
  EXPECT_EQ(table_.OnGenerated(7, 3, 1), nullptr);
  EXPECT_NE(table_.OnGenerated(7, 3, 0), nullptr);
  EXPECT_EQ(table_.OnGenerated(7, 3, 0), nullptr);
}

TEST_F(LeaseTableTest, ALostLeaseFreesWhatIsUnmadeAndKeepsWhatIsMade) {
  table_.TrackLease(Task(7, 3, {0, 1}), kNow);
  table_.OnSubmitted(7, 40);
  table_.TrackLease(Task(8, 1, {0}), kNow);
  table_.OnSubmitted(8, 41);
  table_.OnGenerated(7, 3, 0);
  EXPECT_THAT(Renew({8}), ElementsAre(40));
  EXPECT_EQ(table_.unmade(), 1);
  // It is renewed on, as long as its response is on its way.
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("7/3", "8/1"));
  table_.OnSettled(7, 0, "");
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("8/1"));
}

TEST_F(LeaseTableTest, ALostLeaseWithoutUnmadeSamplesCancelsNothing) {
  table_.TrackLease(Task(7, 3, {0}), kNow);
  table_.OnSubmitted(7, 40);
  table_.OnGenerated(7, 3, 0);
  EXPECT_THAT(Renew({}), IsEmpty());
}

TEST_F(LeaseTableTest, ATaskThatIsLeasedAgainHasOnlyTheRestMade) {
  table_.TrackLease(Task(7, 1, {0, 1, 2}), kNow);
  table_.OnGenerated(7, 1, 0);
  EXPECT_THAT(table_.TrackLease(Task(7, 2, {0, 1, 2, 3}), kNow), ElementsAre(3));
  // Sample 1 was submitted under the first lease, and is as good under the second.
  const std::shared_ptr<const LeaseGrant> grant = table_.OnGenerated(7, 1, 1);
  ASSERT_NE(grant, nullptr);
  EXPECT_EQ(grant->task.fencing_token(), 2u);
}

TEST_F(LeaseTableTest, TheEndOfALostLeasesRequestIsNotTheNewLeases) {
  table_.TrackLease(Task(7, 1, {0}), kNow);
  Renew({});
  EXPECT_THAT(table_.TrackLease(Task(7, 2, {0}), kNow), ElementsAre(0));
  EXPECT_EQ(table_.OnGenerationFailed(7, 1, 0, ""), nullptr);
  EXPECT_EQ(table_.OnGenerated(7, 1, 0), nullptr);
  EXPECT_EQ(table_.unmade(), 1);
}

TEST_F(LeaseTableTest, ALeaseTakenWhileReplayWasAskedIsNotLost) {
  table_.TrackLease(Task(7, 1, {0}), kNow);
  const std::vector<LeaseTable::Renewal> asked = table_.Renewals();
  table_.TrackLease(Task(7, 2, {0, 1}), kNow);
  EXPECT_THAT(table_.OnRenewed(asked, {}), IsEmpty());
  EXPECT_EQ(table_.unmade(), 2);
}

TEST_F(LeaseTableTest, AFailedSampleEndsItsLeaseOnceTheOthersAreSettled) {
  table_.TrackLease(Task(7, 3, {0, 1}), kNow);
  table_.OnGenerated(7, 3, 0);
  EXPECT_NE(table_.OnGenerationFailed(7, 3, 1, "not finite"), nullptr);
  EXPECT_THAT(table_.Renewals(), IsEmpty());
  table_.OnSettled(7, 0, "");
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("7/3 here:1: not finite"));
  Renew({});
  EXPECT_THAT(table_.Renewals(), IsEmpty());
}

TEST_F(LeaseTableTest, ACancelledSampleIsNoReasonToGiveUp) {
  table_.TrackLease(Task(7, 3, {0}), kNow);
  EXPECT_NE(table_.OnGenerationFailed(7, 3, 0, ""), nullptr);
  EXPECT_THAT(table_.Renewals(), IsEmpty());
  EXPECT_EQ(table_.unmade(), 0);
}

TEST_F(LeaseTableTest, ARefusedResponseStopsTheRenewalOfItsLease) {
  table_.TrackLease(Task(7, 3, {0, 1}), kNow);
  table_.OnGenerated(7, 3, 0);
  table_.OnSettled(7, 0, "refused");
  EXPECT_THAT(table_.Renewals(), IsEmpty());
  table_.OnGenerated(7, 3, 1);
  table_.OnSettled(7, 1, "");
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("7/3 here:1: refused"));
}

TEST_F(LeaseTableTest, ANewLeaseForgetsWhyTheLastOneFailed) {
  table_.TrackLease(Task(7, 1, {0, 1}), kNow);
  table_.OnGenerated(7, 1, 0);
  table_.OnSettled(7, 0, "refused");
  table_.TrackLease(Task(7, 2, {0, 1}), kNow);
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("7/2"));
}

TEST_F(LeaseTableTest, ATaskThatTheEngineRefusesIsGivenUpAtOnce) {
  table_.TrackLease(Task(7, 3, {0, 1}), kNow);
  table_.OnSubmitRefused(7, "too long");
  EXPECT_EQ(table_.unmade(), 0);
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("7/3 here:1: too long"));
}

TEST_F(LeaseTableTest, ReplayIsToldOfAllThatIsGivenUpHoweverLateItAnswers) {
  table_.TrackLease(Task(7, 3, {0}), kNow);
  table_.OnSubmitRefused(7, "too long");
  const std::vector<LeaseTable::Renewal> first = table_.Renewals();
  table_.TrackLease(Task(8, 1, {0}), kNow);
  table_.OnSubmitRefused(8, "too long");
  table_.OnRenewed(first, {});
  EXPECT_THAT(Shown(table_.Renewals()), ElementsAre("8/1 here:1: too long"));
}

TEST_F(LeaseTableTest, AnswersAboutUnknownLeasesChangeNothing) {
  table_.OnSubmitted(7, 40);
  table_.OnSubmitRefused(7, "too long");
  table_.OnSettled(7, 0, "refused");
  EXPECT_THAT(table_.Renewals(), IsEmpty());
  EXPECT_THAT(table_.OnRenewed({}, {7}), IsEmpty());
}

}  // namespace
}  // namespace hir
