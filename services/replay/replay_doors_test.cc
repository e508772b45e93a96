// What replay refuses before it stores or computes anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "services/replay/replay_service_fixture.h"

namespace hir {
namespace {

using namespace replay::v1;  // NOLINT: the contract under test.
using common::v1::ScoredResponse;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// One insert is refused with `message`, and the honest response is still taken afterwards.
void ExpectRefused(const absl::StatusOr<std::vector<InsertResult>>& results,
                   const std::string& message) {
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->size(), 2u);
  EXPECT_EQ((*results)[0].outcome(), InsertResult::INVALID);
  EXPECT_THAT((*results)[0].error(), HasSubstr(message));
  EXPECT_EQ((*results)[1].outcome(), InsertResult::STORED);
}

TEST_F(ReplayServiceTest, AResponseIsComparedWithItsTaskBeforeItIsStored) {
  StartStep();
  const ScoredResponse honest = MakeScored(leased_.tasks(0), 0, "ppp", 0.5);
  ScoredResponse lie = honest;
  lie.mutable_response()->set_token_ids(0, 1'000'000);
  ExpectRefused(Insert({lie, honest}), "has token 1000000");
}

TEST_F(ReplayServiceTest, AnEasierInstructionThanTheTasksIsRefusedWithItsVerdicts) {
  StartStep();
  const ScoredResponse honest = MakeScored(leased_.tasks(0), 0, "ppp", 0.5);
  ScoredResponse lie = MakeScored(leased_.tasks(0), 0, "pp", 0.5);
  lie.mutable_response()->mutable_instruction()->mutable_constraints()->RemoveLast();
  ExpectRefused(Insert({lie, honest}), "has another instruction than its task");
}

TEST_F(ReplayServiceTest, VerdictsThatAreNoneAreRefused) {
  StartStep();
  const ScoredResponse honest = MakeScored(leased_.tasks(0), 0, "ppp", 0.5);
  ScoredResponse lie = honest;
  lie.mutable_verdicts(1)->set_verdict(static_cast<common::v1::Verdict>(77));
  ExpectRefused(Insert({lie, honest}), "has verdict 77, which is not a verdict");
}

TEST_F(ReplayServiceTest, WeightsAreThoseThatALearnerPublished) {
  StartStep();
  Advance(0, "w0", "");
  const auto drawn_with = [&](uint32_t sample, uint64_t incarnation, const std::string& digest) {
    ScoredResponse scored = MakeScored(leased_.tasks(0), sample, "ppp", 0.5);
    common::v1::WeightsId& weights =
        *scored.mutable_response()->mutable_versions(0)->mutable_weights();
    weights.set_incarnation(incarnation);
    weights.set_digest(digest);
    return scored;
  };
  ExpectRefused(Insert({drawn_with(0, 1, "forged"), drawn_with(0, 1, "w0")}), "were not published");
  // A worker that has not heard of the learner yet serves the folder's weights.
  ExpectRefused(Insert({drawn_with(1, 2, "w0"), drawn_with(1, 0, "folder")}), "were not published");
}

TEST_F(ReplayServiceTest, WhatNobodyWantsAnyMoreIsNotCompared) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  ASSERT_TRUE(GetBatch(1).ok());
  ScoredResponse late = Responses()[0];
  late.mutable_response()->mutable_versions(0)->mutable_weights()->set_version(7);
  EXPECT_EQ(Insert({late})->at(0).outcome(), InsertResult::DUPLICATE);
}

struct WrongTask {
  const char* message;
  std::function<void(Task&)> apply;
};

TEST_F(ReplayServiceTest, PutTasksRefusesWhatTheRunCannotWant) {
  ASSERT_TRUE(Create(config_).ok());
  const auto constraint = [](Task& task) {
    return task.mutable_instruction()->mutable_constraints(0);
  };
  const std::vector<WrongTask> wrong = {
      {"task 0 asks for 4096 responses, but rollout.responses_per_prompt is 3",
       [](Task& t) { t.set_responses(4096); }},
      {"task 0 is for step 1000001", [](Task& t) { t.set_step(1'000'001); }},
      {"question and constraints have 20000011 bytes",
       [](Task& t) { t.mutable_instruction()->set_question(std::string(20'000'000, 'x')); }},
      {"question and constraints have", [&](Task& t) { constraint(t)->set_text(Nested(20'000)); }},
      {"source_id has 5000 bytes",
       [](Task& t) { t.mutable_instruction()->set_source_id(std::string(5000, 'i')); }},
      {"task 0: keywords:existence: arguments_json is JSON nested more than 90 deep",
       [&](Task& t) { constraint(t)->set_arguments_json("{\"a\":" + Nested(100'000) + "}"); }},
      {"arguments_json is not JSON at byte",
       [&](Task& t) { constraint(t)->set_arguments_json("{oops"); }},
      {"arguments_json is a JSON array", [&](Task& t) { constraint(t)->set_arguments_json("[]"); }},
      {"task 0: There are 257 constraints",
       [](Task& t) {
         while (t.instruction().constraints_size() < 257) {
           t.mutable_instruction()->add_constraints()->set_kind("k");
         }
       }},
  };
  for (const WrongTask& each : wrong) {
    Task task = MakeTask(0, 1);
    each.apply(task);
    const absl::Status status = Put({task}).status();
    EXPECT_EQ(status.code(), kInvalid) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.message));
  }
  EXPECT_EQ(Progress().tasks(), 0u);
}

TEST_F(ReplayServiceTest, ARunHasTheNameOfItsConfiguration) {
  config_.name = "other";
  const absl::Status status = Create(config_).status();
  EXPECT_EQ(status.code(), kInvalid);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a configuration of name 'other'"));
  CreateRunRequest large;
  large.set_run("run");
  large.set_config_yaml(std::string(size_t{2} << 20, ' '));
  CreateRunResponse response;
  EXPECT_EQ(Call(&Stub::CreateRun, large, &response).code(), kInvalid);
}

// The request names `run`, and the call does nothing else that is wrong.
template <typename Request>
Request Named(const std::string& run) {
  Request request;
  request.set_run(run);
  return request;
}

TEST_F(ReplayServiceTest, EveryCallRefusesARunWithoutAProperName) {
  for (const std::string run : {".", "..", "", "a/b"}) {
    CreateRunRequest create = Named<CreateRunRequest>(run);
    create.set_config_yaml(ToYaml(config_));
    LeaseTasksRequest lease = Named<LeaseTasksRequest>(run);
    lease.set_worker("127.0.0.1:1");
    TakeIncarnationRequest take = Named<TakeIncarnationRequest>(run);
    take.set_learner("127.0.0.1:2");
    AdvanceVersionRequest advance;
    advance.mutable_weights()->set_run(run);
    advance.mutable_weights()->set_incarnation(1);
    CommitCheckpointRequest commit;
    *commit.mutable_weights() = advance.weights();
    const auto code = [&](auto method, const auto& request, auto response) {
      return Call(method, request, &response).code();
    };
    EXPECT_EQ(code(&Stub::CreateRun, create, CreateRunResponse()), kInvalid) << run;
    EXPECT_EQ(code(&Stub::GetRun, Named<GetRunRequest>(run), GetRunResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::PutTasks, Named<PutTasksRequest>(run), PutTasksResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::GetProgress, Named<GetProgressRequest>(run), GetProgressResponse()),
              kInvalid);
    EXPECT_EQ(code(&Stub::DeleteRun, Named<DeleteRunRequest>(run), DeleteRunResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::LeaseTasks, lease, LeaseTasksResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::RenewLeases, Named<RenewLeasesRequest>(run), RenewLeasesResponse()),
              kInvalid);
    EXPECT_EQ(code(&Stub::TakeIncarnation, take, TakeIncarnationResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::GetBatch, Named<GetBatchRequest>(run), GetBatchResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::AdvanceVersion, advance, AdvanceVersionResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::CommitCheckpoint, commit, CommitCheckpointResponse()), kInvalid);
    EXPECT_EQ(code(&Stub::ListWorkers, Named<ListWorkersRequest>(run), ListWorkersResponse()),
              kInvalid);
  }
}

// The rest of what may be named is in address_door_test.cc.
TEST_F(ReplayServiceTest, WorkersAndLearnersNameAnAddressOfTheirOwn) {
  StartStep();
  const auto lease_from = [&](Stub& stub, const std::string& worker) {
    LeaseTasksRequest lease = Named<LeaseTasksRequest>("run");
    lease.set_worker(worker);
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    LeaseTasksResponse leased;
    return FromGrpc(stub.LeaseTasks(&context, lease, &leased));
  };
  const auto listed = [&] {
    ListWorkersResponse workers;
    EXPECT_TRUE(Call(&Stub::ListWorkers, Named<ListWorkersRequest>("run"), &workers).ok());
    return workers.workers_size();
  };
  ASSERT_EQ(listed(), 1);
  for (const char* address : {"169.254.169.254:80", "10.0.0.9:7002", "0.0.0.0:80"}) {
    const absl::Status status = lease_from(*instance_->stub, address);
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << address;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("worker \"", address,
                                       "\" is not the caller's own, who "
                                       "calls from 127.0.0.1")));
  }
  EXPECT_EQ(listed(), 1);

  Instance trusting(redis_->url(), "bytes",
                    {.addresses = {.networks = *ParseIpNetworks("10.0.0.0/8")}});
  EXPECT_EQ(lease_from(*trusting.stub, "10.0.0.9:7002"), absl::OkStatus());
  EXPECT_FALSE(lease_from(*trusting.stub, "169.254.169.254:80").ok());
  EXPECT_EQ(listed(), 2);

  TakeIncarnationRequest take = Named<TakeIncarnationRequest>("run");
  take.set_learner("169.254.169.254:80");
  TakeIncarnationResponse taken;
  EXPECT_EQ(Call(&Stub::TakeIncarnation, take, &taken).code(), absl::StatusCode::kPermissionDenied);
  take.set_learner("127.0.0.1:2");
  ASSERT_TRUE(Call(&Stub::TakeIncarnation, take, &taken).ok());
  EXPECT_EQ(taken.incarnation(), 1u);
}

TEST_F(ReplayServiceTest, AWorkerThatNamesNoAddressLeasesAndIsNotListed) {
  ASSERT_TRUE(Create(config_).ok());
  ASSERT_TRUE(Put({MakeTask(0, 1)}).ok());
  LeaseTasksRequest lease = Named<LeaseTasksRequest>("run");
  lease.set_max_tasks(1);
  LeaseTasksResponse leased;
  ASSERT_EQ(Call(&Stub::LeaseTasks, lease, &leased), absl::OkStatus());
  EXPECT_EQ(leased.tasks_size(), 1);
  EXPECT_EQ(Progress().workers(), 0u);
}

TEST_F(ReplayServiceTest, CountsAndAddressesThatACallerNamesAreBounded) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  ASSERT_TRUE(GetBatch(1).ok());
  EXPECT_TRUE(ReadShard(4095, 4096).ok());
  EXPECT_THAT(std::string(ReadShard(0, 300'000'000).status().message()),
              HasSubstr("rank 0 of world size 300000000 is impossible; there are 1 to 4096 ranks"));
  EXPECT_EQ(ReadShard(0, 0).status().code(), kInvalid);

  LeaseTasksRequest lease = Named<LeaseTasksRequest>("run");
  lease.set_worker(std::string(300, 'w'));
  LeaseTasksResponse leased;
  EXPECT_EQ(Call(&Stub::LeaseTasks, lease, &leased).code(), kInvalid);
  lease.set_worker("127.0.0.1:1");
  lease.mutable_serving()->set_version(-1);
  EXPECT_EQ(Call(&Stub::LeaseTasks, lease, &leased).code(), kInvalid);
  lease.mutable_serving()->set_version(0);
  lease.mutable_serving()->set_digest(std::string(5000, 'd'));
  EXPECT_EQ(Call(&Stub::LeaseTasks, lease, &leased).code(), kInvalid);

  TakeIncarnationRequest take = Named<TakeIncarnationRequest>("run");
  take.set_learner(std::string(5000, 'l'));
  TakeIncarnationResponse taken;
  EXPECT_EQ(Call(&Stub::TakeIncarnation, take, &taken).code(), kInvalid);

  RenewLeasesRequest renew = Named<RenewLeasesRequest>("run");
  for (int i = 0; i <= 65'536; ++i) renew.add_leases()->set_task(0);
  RenewLeasesResponse renewed;
  EXPECT_EQ(Call(&Stub::RenewLeases, renew, &renewed).code(), kInvalid);
}

}  // namespace
}  // namespace hir
