// The Lua scripts that are the store's operations. Redis runs each as one atomic step.
//
// Each operation is the file of its name in scripts/, whose first lines describe its arguments and
// answer; scripts/shared holds the parts that several of them share.
#ifndef HIR_STORE_SCRIPTS_H_
#define HIR_STORE_SCRIPTS_H_

#include <optional>
#include <string_view>

#include "hir/store/redis_client.h"

namespace hir {

// The text of a file in scripts/, embedded in the program, e.g. of "get_run" or "shared/fence";
// nullopt if there is no such file.
std::optional<std::string_view> EmbeddedScript(std::string_view name);

// The operations, named like their files and the methods of ReplayStore. Immutable.
struct ReplayScripts {
  ReplayScripts();

  RedisScript advance_version;
  RedisScript change_config;
  RedisScript commit_checkpoint;
  RedisScript create_run;
  RedisScript freeze;
  RedisScript get_progress;
  RedisScript get_run;
  RedisScript get_sample_context;
  RedisScript get_step;
  RedisScript get_step_tasks;
  RedisScript give_up;
  RedisScript insert;
  RedisScript lease_tasks;
  RedisScript list_digests;
  RedisScript list_workers;
  RedisScript put_tasks;
  RedisScript read_manifest;
  RedisScript read_samples;
  RedisScript renew_leases;
  RedisScript take_incarnation;
};

}  // namespace hir

#endif  // HIR_STORE_SCRIPTS_H_
