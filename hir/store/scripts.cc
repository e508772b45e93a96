#include "hir/store/scripts.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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

using Files = std::vector<std::string_view>;

RedisScript Joined(const Files& files) {
  std::string source;
  for (const std::string_view file : files) source += EmbeddedScript(file).value();
  return RedisScript(std::move(source));
}

RedisScript ForNewRun(std::string_view operation) { return Joined({"shared/common", operation}); }

// `shared` is put before the operation: guards, and functions that it calls.
RedisScript ForRun(std::string_view operation, const Files& shared = {}) {
  Files files = {"shared/common", "shared/require_run"};
  files.insert(files.end(), shared.begin(), shared.end());
  files.push_back(operation);
  return Joined(files);
}

}  // namespace

ReplayScripts::ReplayScripts()
    : advance_version(ForRun("advance_version", {"shared/fence"})),
      change_config(ForRun("change_config")),
      commit_checkpoint(ForRun("commit_checkpoint", {"shared/fence"})),
      create_run(ForNewRun("create_run")),
      freeze(ForRun("freeze")),
      get_progress(ForRun("get_progress")),
      get_run(ForRun("get_run")),
      get_sample_context(ForRun("get_sample_context")),
      get_step(ForRun("get_step")),
      get_step_tasks(ForRun("get_step_tasks")),
      give_up(ForRun("give_up", {"shared/release", "shared/end_lease"})),
      insert(ForRun("insert", {"shared/release"})),
      lease_tasks(ForRun("lease_tasks", {"shared/release", "shared/end_lease"})),
      list_digests(ForRun("list_digests")),
      list_workers(ForRun("list_workers")),
      put_tasks(ForRun("put_tasks", {"shared/release"})),
      read_manifest(ForRun("read_manifest")),
      read_samples(ForRun("read_samples")),
      renew_leases(ForRun("renew_leases")),
      take_incarnation(ForRun("take_incarnation")) {}

}  // namespace hir
