// The Lua scripts that are the store's operations. Redis runs each as one atomic step.
//
// KEYS[1] of each is the run's own hash, "hir:{RUN}"; every other key of the run begins with it.
// docs/replay-store.md lists keys and fields. Task numbers are passed as 20 digits, so that the
// order of members is that of the numbers. Each script answers
// {"NO_RUN"} for a run that was not created, else {"OK", ...} or a word for what was refused.
#ifndef HIR_STORE_SCRIPTS_H_
#define HIR_STORE_SCRIPTS_H_

#include "hir/store/redis_client.h"

namespace hir {

struct ReplayScripts {
  ReplayScripts();

  // config, tokenizer digest, lease ms, max attempts, max staleness, tasks a step
  //   -> created (0 | 1) | CONFIG | TOKENIZER | LOST
  RedisScript create_run;
  // config before, config -> OK | CONFIG
  RedisScript change_config;
  // -> config, tokenizer digest, lease ms, attempts, staleness, tasks a step, incarnation, version,
  //    digest, checkpoint version, first version, dropped step | LOST
  RedisScript get_run;
  // (task, step, responses, payload)* -> added, existing | FROZEN task step | FULL task step
  RedisScript put_tasks;
  // worker, payload, incarnation, version, digest, max tasks
  //   -> {task, token, have, expiry ms, payload}*, requeued (task, step)*, abandoned (task, step)*,
  //      lease ms, learner,
  //      {incarnation, version, digest} to fetch or {}
  RedisScript lease;
  // (task, token, reason)* -> requeued (task, step)*, abandoned (task, step)*
  RedisScript give_up;
  // (task, token)* -> renewed tasks
  RedisScript renew;
  // task, sample, (incarnation, version)*
  //   -> wanted (0 | 1), task's payload, newest incarnation, incarnation, version, digest,
  //   {digest}*
  RedisScript sample_context;
  // task, sample, step, token, payload
  //   -> 0 stored | 1 duplicate | 2 unwanted, late, task complete, step complete | TASK | SAMPLE |
  //   STEP s | TOKEN
  //   t
  RedisScript insert;
  // step -> frozen, complete, dropped, tasks, expected, inserted, abandoned, first ms or "",
  //   now ms, reason of the last abandoned
  RedisScript get_step;
  // step -> {task, responses, state, payload}*
  RedisScript step_tasks;
  // step, manifest, digest -> won (0 | 1) | INCOMPLETE
  RedisScript freeze;
  // -> (step, digest)*
  RedisScript list_digests;
  // step -> manifest, digest (empty strings when not frozen)
  RedisScript read_manifest;
  // learner, above -> incarnation
  RedisScript take_incarnation;
  // incarnation, version, digest, batch digest
  //   -> OK | FENCED n | BATCH | CONFLICT | OLDER v | GAP v
  RedisScript advance;
  // incarnation, version, oldest kept -> OK | FENCED n
  RedisScript commit;
  // max age ms, most -> {address, payload, seen ms}*
  RedisScript list_workers;
  // max age ms of workers
  //   -> weights incarnation, version, digest, newest frozen, collecting, tasks, completed, leased,
  //    abandoned, samples, bytes, workers, {get_step of collecting}
  RedisScript progress;
};

}  // namespace hir

#endif  // HIR_STORE_SCRIPTS_H_
