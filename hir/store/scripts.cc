#include "hir/store/scripts.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

namespace hir {

// An entry of the table in scripts.S.
struct EmbeddedFile {
  const char* name;
  const char* begin;
  const char* end;
};

extern "C" const EmbeddedFile hir_store_scripts[];
extern "C" const uint64_t hir_store_script_count;

std::optional<std::string_view> EmbeddedScript(std::string_view name) {
  for (uint64_t i = 0; i < hir_store_script_count; ++i) {
    const EmbeddedFile& file = hir_store_scripts[i];
    if (file.name == name) return std::string_view(file.begin, file.end - file.begin);
  }
  return std::nullopt;
}

namespace {

RedisScript Joined(std::initializer_list<std::string_view> files) {
  std::string source;
  for (const std::string_view file : files) source += EmbeddedScript(file).value();
  return RedisScript(std::move(source));
}

RedisScript ForNewRun(std::string_view operation) { return Joined({"shared/common", operation}); }

RedisScript ForRun(std::string_view operation) {
  return Joined({"shared/common", "shared/require_run", operation});
}

// `shared` is put before the operation: a guard, or a function that it calls.
RedisScript ForRun(std::string_view operation, std::string_view shared) {
  return Joined({"shared/common", "shared/require_run", shared, operation});
}

}  // namespace

ReplayScripts::ReplayScripts()
    : advance_version(ForRun("advance_version", "shared/fence")),
      change_config(ForRun("change_config")),
      commit_checkpoint(ForRun("commit_checkpoint", "shared/fence")),
      create_run(ForNewRun("create_run")),
      freeze(ForRun("freeze")),
      get_progress(ForRun("get_progress")),
      get_run(ForRun("get_run")),
      get_sample_context(ForRun("get_sample_context")),
      get_step(ForRun("get_step")),
      get_step_tasks(ForRun("get_step_tasks")),
      give_up(ForRun("give_up", "shared/end_lease")),
      insert(ForRun("insert")),
      lease_tasks(ForRun("lease_tasks", "shared/end_lease")),
      list_digests(ForRun("list_digests")),
      list_workers(ForRun("list_workers")),
      put_tasks(ForRun("put_tasks")),
      read_manifest(ForRun("read_manifest")),
      read_samples(ForRun("read_samples")),
      renew_leases(ForRun("renew_leases")),
      take_incarnation(ForRun("take_incarnation")) {}

}  // namespace hir
