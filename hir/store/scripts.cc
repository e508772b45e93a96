#include "hir/store/scripts.h"

#include <string>

namespace hir {
namespace {

// Shared by all scripts: names of keys, the clock, and the run's existence.
constexpr char kPrelude[] = R"lua(
local run = KEYS[1]
local function key(kind, id)
  if id then return run .. ':' .. kind .. ':' .. id end
  return run .. ':' .. kind
end
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function field(name) return redis.call('HGET', run, name) or '' end
local function number(name) return tonumber(field(name)) or 0 end
local function text(n) return string.format('%.0f', n) end
local function step_state(step)
  local s = redis.call('HMGET', key('step', step), 'tasks', 'open', 'expected', 'inserted',
                       'abandoned', 'first_insert', 'abandon_reason')
  local tasks, open = tonumber(s[1] or 0), tonumber(s[2] or 0)
  local complete = tasks >= number('tasks_per_step') and open == 0
  return {redis.call('EXISTS', key('manifest', step)), complete and 1 or 0,
          tonumber(step) <= number('dropped') and 1 or 0, tasks, tonumber(s[3] or 0),
          tonumber(s[4] or 0), tonumber(s[5] or 0), s[6] or '', text(now_ms()), s[7] or ''}
end
)lua";

// Ends the lease of a task: it waits again, or is abandoned after its last attempt. The list that
// fits gets the task and its step.
constexpr char kEndLease[] = R"lua(
local requeued, abandoned = {}, {}
local function end_lease(task, reason)
  local t = key('task', task)
  redis.call('ZREM', key('leases'), task)
  local step = redis.call('HGET', t, 'step')
  if redis.call('HINCRBY', t, 'attempts', 1) < number('max_attempts') then
    redis.call('HSET', t, 'state', 'pending')
    redis.call('ZADD', key('queue'), step, task)
    table.insert(requeued, task)
    table.insert(requeued, step)
    return
  end
  local _, have = string.gsub(redis.call('HGET', t, 'have'), '1', '')
  redis.call('HSET', t, 'state', 'abandoned')
  local s = key('step', step)
  redis.call('HINCRBY', s, 'open', -1)
  redis.call('HINCRBY', s, 'abandoned', 1)
  redis.call('HINCRBY', s, 'expected', -redis.call('HGET', t, 'responses'))
  redis.call('HINCRBY', s, 'inserted', 0 - have)
  redis.call('HSET', s, 'abandon_reason', reason)
  redis.call('HINCRBY', run, 'abandoned', 1)
  table.insert(abandoned, task)
  table.insert(abandoned, step)
end
)lua";

constexpr char kRequireRun[] = R"lua(
if redis.call('EXISTS', run) == 0 then return {'NO_RUN'} end
)lua";

constexpr char kCreateRun[] = R"lua(
if redis.call('EXISTS', run) == 1 then
  if field('config') == '' then return {'LOST'} end
  if field('config') ~= ARGV[1] then return {'CONFIG'} end
  if field('tokenizer') ~= ARGV[2] then return {'TOKENIZER'} end
  return {'OK', 0}
end
redis.call('HSET', run, 'schema', 1, 'config', ARGV[1], 'tokenizer', ARGV[2], 'lease_ms', ARGV[3],
           'max_attempts', ARGV[4], 'max_staleness', ARGV[5], 'tasks_per_step', ARGV[6],
           'collecting', 1)
return {'OK', 1}
)lua";

constexpr char kChangeConfig[] = R"lua(
if field('config') ~= ARGV[1] then return {'CONFIG'} end
redis.call('HSET', run, 'config', ARGV[2])
return {'OK'}
)lua";

// Without its first writes the rest of a run says nothing: those of an append-only file whose head
// is lost.
constexpr char kGetRun[] = R"lua(
if field('config') == '' then return {'LOST'} end
return {'OK', field('config'), field('tokenizer'), field('lease_ms'), field('max_attempts'),
        field('max_staleness'), field('tasks_per_step'), field('weights_incarnation'),
        field('weights_version'), field('weights_digest'), field('checkpoint_version'),
        field('first_version'), field('dropped')}
)lua";

// Lua writes the negative of 0 as -0, which Redis takes for no number: "0 - n" where n may be 0.

// Checked whole before anything is written, so a refused call leaves nothing.
constexpr char kPutTasks[] = R"lua(
local existing, new, load = 0, {}, {}
for i = 1, #ARGV, 4 do
  local task, step = ARGV[i], ARGV[i + 1]
  if new[task] or redis.call('EXISTS', key('task', task)) == 1 then
    existing = existing + 1
  else
    if redis.call('EXISTS', key('manifest', step)) == 1 then return {'FROZEN', task, step} end
    load[step] = (load[step] or tonumber(redis.call('HGET', key('step', step), 'tasks') or 0)) + 1
    if load[step] > number('tasks_per_step') then return {'FULL', task, step} end
    new[task] = i
  end
end
local added = 0
for task, i in pairs(new) do
  local step, responses = ARGV[i + 1], ARGV[i + 2]
  redis.call('HSET', key('task', task), 'step', step, 'responses', responses, 'payload',
             ARGV[i + 3], 'have', string.rep('0', tonumber(responses)), 'state', 'pending')
  redis.call('ZADD', key('step_tasks', step), 0, task)
  redis.call('ZADD', key('queue'), step, task)
  redis.call('HINCRBY', key('step', step), 'tasks', 1)
  redis.call('HINCRBY', key('step', step), 'open', 1)
  redis.call('HINCRBY', key('step', step), 'expected', responses)
  added = added + 1
end
redis.call('HINCRBY', run, 'tasks', added)
return {'OK', added, existing}
)lua";

// Replaced weights: another digest under the served version, or a version of a dead learner. The
// model folder itself (version 0) is every incarnation's. A worker with nothing to do is told of
// newer weights though no task waits for them: an evaluation may ask for them next.
constexpr char kLease[] = R"lua(
local worker, serving, version, digest = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local now, lease_ms = now_ms(), number('lease_ms')
if worker ~= '' then
  redis.call('ZADD', key('workers'), now, worker)
  redis.call('HSET', key('worker_payloads'), worker, ARGV[2])
  local gone = redis.call('ZPOPMIN', key('workers'),
                          math.max(0, redis.call('ZCARD', key('workers')) - ARGV[7]))
  for i = 1, #gone, 2 do redis.call('HDEL', key('worker_payloads'), gone[i]) end
end

local expired = redis.call('ZRANGEBYSCORE', key('leases'), '-inf', now, 'LIMIT', 0, 256)
for _, task in ipairs(expired) do
  local holder = redis.call('HGET', key('task', task), 'worker') or ''
  end_lease(task, 'no response came before its lease ran out at ' .. holder)
end

local w_incarnation, w_version = number('weights_incarnation'), number('weights_version')
local w_digest, staleness = field('weights_digest'), number('max_staleness')
local replaced = false
if version == w_version and digest ~= '' and w_digest ~= '' then
  replaced = digest ~= w_digest
elseif version > 0 and serving < w_incarnation then
  replaced = true
end

local name = worker == '' and 'a worker without an address' or string.sub(worker, 1, 200)
local leases, fetch = {}, {}
if not replaced then
  local ready = redis.call('ZRANGEBYSCORE', key('queue'), '-inf', version + staleness + 1,
                           'LIMIT', 0, ARGV[6])
  for _, task in ipairs(ready) do
    local t = key('task', task)
    redis.call('ZREM', key('queue'), task)
    redis.call('ZADD', key('leases'), now + lease_ms, task)
    redis.call('HSET', t, 'state', 'leased', 'worker', name)
    local token = redis.call('HINCRBY', t, 'token', 1)
    local info = redis.call('HMGET', t, 'have', 'payload')
    table.insert(leases, {task, token, info[1], text(now + lease_ms), info[2]})
  end
end
local behind = serving <= w_incarnation and version < w_version
if #leases == 0 and (replaced or behind) then
  fetch = {text(w_incarnation), text(w_version), w_digest}
end
return {'OK', leases, requeued, abandoned, text(lease_ms), field('learner'), fetch}
)lua";

constexpr char kGiveUp[] = R"lua(
for i = 1, #ARGV, 3 do
  local state = redis.call('HMGET', key('task', ARGV[i]), 'state', 'token')
  if state[1] == 'leased' and state[2] == ARGV[i + 1] then end_lease(ARGV[i], ARGV[i + 2]) end
end
return {'OK', requeued, abandoned}
)lua";

constexpr char kRenew[] = R"lua(
local now, renewed = now_ms(), {}
for i = 1, #ARGV, 2 do
  local state = redis.call('HMGET', key('task', ARGV[i]), 'state', 'token')
  if state[1] == 'leased' and state[2] == ARGV[i + 1] then
    redis.call('ZADD', key('leases'), now + number('lease_ms'), ARGV[i])
    table.insert(renewed, ARGV[i])
  end
end
return {'OK', renewed}
)lua";

constexpr char kSampleContext[] = R"lua(
local sample = tonumber(ARGV[2])
local info = redis.call('HMGET', key('task', ARGV[1]), 'step', 'have', 'state', 'payload')
local wanted = info[1] and string.sub(info[2], sample + 1, sample + 1) == '0' and
               info[3] ~= 'abandoned' and redis.call('EXISTS', key('manifest', info[1])) == 0
local digests = {}
for i = 3, #ARGV, 2 do
  table.insert(digests, redis.call('HGET', key('weights', ARGV[i]), ARGV[i + 1]) or '')
end
return {'OK', wanted and 1 or 0, info[4] or '', text(number('incarnation')),
        field('weights_incarnation'), field('weights_version'), field('weights_digest'), digests}
)lua";

constexpr char kInsert[] = R"lua(
local task, sample, step = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local t, s = key('task', task), key('step', step)
local info = redis.call('HMGET', t, 'step', 'responses', 'have', 'state', 'token')
if not info[1] then return {'TASK'} end
if info[1] ~= step then return {'STEP', info[1]} end
if sample >= tonumber(info[2]) then return {'SAMPLE', info[2]} end
local token = tonumber(info[5] or 0)
if tonumber(ARGV[4]) < 1 or tonumber(ARGV[4]) > token then return {'TOKEN', text(token)} end
local have = info[3]
if string.sub(have, sample + 1, sample + 1) == '1' then return {'OK', 1, 0, 0, 0} end
if info[4] == 'abandoned' or redis.call('EXISTS', key('manifest', step)) == 1 then
  return {'OK', 2, 0, 0, 0}
end
have = string.sub(have, 1, sample) .. '1' .. string.sub(have, sample + 2)
redis.call('HSET', key('samples', step), task .. '/' .. ARGV[2], ARGV[5])
redis.call('HSET', t, 'have', have)
redis.call('HSETNX', s, 'first_insert', text(now_ms()))
redis.call('HINCRBY', s, 'inserted', 1)
redis.call('HINCRBY', s, 'bytes', #ARGV[5])
redis.call('HINCRBY', run, 'samples', 1)
redis.call('HINCRBY', run, 'bytes', #ARGV[5])
local filled = not string.find(have, '0', 1, true)
if filled then
  redis.call('HSET', t, 'state', 'complete')
  redis.call('ZREM', key('leases'), task)
  redis.call('ZREM', key('queue'), task)
  redis.call('HINCRBY', s, 'open', -1)
  redis.call('HINCRBY', run, 'completed', 1)
end
return {'OK', 0, tonumber(ARGV[4]) < token and 1 or 0, filled and 1 or 0, step_state(step)[2]}
)lua";

constexpr char kGetStep[] = R"lua(
return {'OK', unpack(step_state(ARGV[1]))}
)lua";

constexpr char kStepTasks[] = R"lua(
local tasks = {}
for _, task in ipairs(redis.call('ZRANGE', key('step_tasks', ARGV[1]), 0, -1)) do
  local info = redis.call('HMGET', key('task', task), 'responses', 'state', 'payload')
  table.insert(tasks, {task, info[1], info[2], info[3] or ''})
end
return {'OK', tasks}
)lua";

constexpr char kFreeze[] = R"lua(
local step = ARGV[1]
if redis.call('EXISTS', key('manifest', step)) == 1 then return {'OK', 0} end
if step_state(step)[2] == 0 then return {'INCOMPLETE'} end
redis.call('SET', key('manifest', step), ARGV[2])
redis.call('HSET', key('step', step), 'digest', ARGV[3], 'frozen_at', text(now_ms()))
redis.call('HSET', run, 'newest_frozen', math.max(number('newest_frozen'), tonumber(step)))
local collecting = number('collecting')
while redis.call('EXISTS', key('manifest', collecting)) == 1 do collecting = collecting + 1 end
redis.call('HSET', run, 'collecting', collecting)
return {'OK', 1}
)lua";

constexpr char kReadManifest[] = R"lua(
return {'OK', redis.call('GET', key('manifest', ARGV[1])) or '',
        redis.call('HGET', key('step', ARGV[1]), 'digest') or ''}
)lua";

constexpr char kListDigests[] = R"lua(
local digests = {}
for step = 1, number('newest_frozen') do
  local digest = redis.call('HGET', key('step', step), 'digest')
  if digest then
    table.insert(digests, step)
    table.insert(digests, digest)
  end
end
return {'OK', digests}
)lua";

constexpr char kTakeIncarnation[] = R"lua(
local incarnation = text(math.max(number('incarnation'), tonumber(ARGV[2])) + 1)
redis.call('HSET', run, 'learner', ARGV[1], 'incarnation', incarnation)
return {'OK', incarnation}
)lua";

constexpr char kFence[] = R"lua(
if ARGV[1] ~= text(number('incarnation')) then
  return {'FENCED', text(number('incarnation'))}
end
)lua";

constexpr char kAdvance[] = R"lua(
local version = ARGV[2]
if ARGV[4] ~= '' and redis.call('HGET', key('step', version), 'digest') ~= ARGV[4] then
  return {'BATCH'}
end
local known = redis.call('HGET', key('weights', ARGV[1]), version)
if known then return known == ARGV[3] and {'OK'} or {'CONFLICT'} end
if number('weights_incarnation') == tonumber(ARGV[1]) and
   tonumber(version) < number('weights_version') then
  return {'OLDER', field('weights_version')}
end
if number('weights_incarnation') == tonumber(ARGV[1]) and
   tonumber(version) > number('weights_version') + 1 then
  return {'GAP', field('weights_version')}
end
redis.call('HSETNX', run, 'first_version', version)
redis.call('HSET', key('weights', ARGV[1]), version, ARGV[3])
redis.call('HSET', run, 'weights_incarnation', ARGV[1], 'weights_version', version,
           'weights_digest', ARGV[3])
return {'OK'}
)lua";

// Facts and row order of a dropped step stay; what it took to train it goes. A ledger that follows
// a lost one has no steps up to its first version. The first write is one that frees memory: a
// Redis at its maxmemory refuses a script whose first write may take some.
constexpr char kCommit[] = R"lua(
local step = math.max(number('dropped'), number('first_version')) + 1
while step <= tonumber(ARGV[3]) and redis.call('EXISTS', key('manifest', step)) == 1 do
  redis.call('UNLINK', key('samples', step))
  for _, task in ipairs(redis.call('ZRANGE', key('step_tasks', step), 0, -1)) do
    redis.call('HDEL', key('task', task), 'payload')
  end
  redis.call('HINCRBY', run, 'bytes', 0 - (redis.call('HGET', key('step', step), 'bytes') or 0))
  redis.call('HSET', run, 'dropped', step)
  step = step + 1
end
if number('checkpoint_incarnation') < tonumber(ARGV[1]) or
   number('checkpoint_version') < tonumber(ARGV[2]) then
  redis.call('HSET', run, 'checkpoint_incarnation', ARGV[1], 'checkpoint_version', ARGV[2])
end
return {'OK'}
)lua";

constexpr char kListWorkers[] = R"lua(
local now, workers = now_ms(), {}
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', key('workers'), '-inf', now - 3600000)) do
  redis.call('ZREM', key('workers'), gone)
  redis.call('HDEL', key('worker_payloads'), gone)
end
local seen = redis.call('ZREVRANGEBYSCORE', key('workers'), '+inf', now - ARGV[1], 'WITHSCORES',
                        'LIMIT', 0, ARGV[2])
for i = 1, #seen, 2 do
  table.insert(workers, {seen[i], redis.call('HGET', key('worker_payloads'), seen[i]) or '',
                         seen[i + 1]})
end
return {'OK', workers}
)lua";

constexpr char kProgress[] = R"lua(
return {'OK', text(number('weights_incarnation')), text(number('weights_version')),
        field('weights_digest'), number('newest_frozen'), number('collecting'), number('tasks'),
        number('completed'), redis.call('ZCARD', key('leases')), number('abandoned'),
        number('samples'), number('bytes'),
        redis.call('ZCOUNT', key('workers'), now_ms() - ARGV[1], '+inf'),
        step_state(field('collecting'))}
)lua";

RedisScript ForNewRun(const char* body) { return RedisScript(std::string(kPrelude) + body); }

// `before` goes ahead of the body: a guard, or functions that it calls.
RedisScript ForRun(const char* body, const char* before = "") {
  return RedisScript(std::string(kPrelude) + kRequireRun + before + body);
}

}  // namespace

ReplayScripts::ReplayScripts()
    : create_run(ForNewRun(kCreateRun)),
      change_config(ForRun(kChangeConfig)),
      get_run(ForRun(kGetRun)),
      put_tasks(ForRun(kPutTasks)),
      lease(ForRun(kLease, kEndLease)),
      give_up(ForRun(kGiveUp, kEndLease)),
      renew(ForRun(kRenew)),
      sample_context(ForRun(kSampleContext)),
      insert(ForRun(kInsert)),
      get_step(ForRun(kGetStep)),
      step_tasks(ForRun(kStepTasks)),
      freeze(ForRun(kFreeze)),
      list_digests(ForRun(kListDigests)),
      read_manifest(ForRun(kReadManifest)),
      take_incarnation(ForRun(kTakeIncarnation)),
      advance(ForRun(kAdvance, kFence)),
      commit(ForRun(kCommit, kFence)),
      list_workers(ForRun(kListWorkers)),
      progress(ForRun(kProgress)) {}

}  // namespace hir
