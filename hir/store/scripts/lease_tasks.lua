-- Records the worker's heartbeat, ends expired leases and leases the tasks that the worker's
-- weights allow, up to its share. Needs shared/end_lease.lua.
-- ARGV: worker (empty: it is not listed), its payload, the weights it serves (incarnation,
--       version, digest), max tasks, most workers to remember, max age of a live worker in ms
-- Answer: OK {task, token, have, expiry ms, payload}*, requeued (task, step)*,
--         abandoned (task, step)*, lease ms, learner,
--         {incarnation, version, digest} to fetch or {}
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

-- Weights are replaced if the served version has another digest or is of a learner that was
-- replaced. The model folder itself (version 0) belongs to every incarnation.
local w_incarnation, w_version = number('weights_incarnation'), number('weights_version')
local w_digest, staleness = field('weights_digest'), number('max_staleness')
local replaced = false
if version == w_version and digest ~= '' and w_digest ~= '' then
  replaced = digest ~= w_digest
elseif version > 0 and serving < w_incarnation then
  replaced = true
end

local name = worker == '' and 'a worker without an address' or string.sub(worker, 1, 200)
local newest_step = version + staleness + 1  -- That the weights allow.

-- What is left of `wanted` tasks when each live worker gets an equal share of those that wait or
-- are leased. Without this, a worker with room for all of them would leave none to the others.
local function within_share(wanted)
  local workers = redis.call('ZCOUNT', key('workers'), now - ARGV[8], '+inf')
  if worker == '' or workers < 2 or wanted == 0 then return wanted end
  local leased, mine = redis.call('ZRANGE', key('leases'), 0, -1), 0
  for _, task in ipairs(leased) do
    if redis.call('HGET', key('task', task), 'worker') == name then mine = mine + 1 end
  end
  local open = #leased + redis.call('ZCOUNT', key('queue'), '-inf', newest_step)
  return math.max(0, math.min(wanted, math.ceil(open / workers) - mine))
end

local leases, fetch = {}, {}
if not replaced then
  local ready = redis.call('ZRANGEBYSCORE', key('queue'), '-inf', newest_step, 'LIMIT', 0,
                           within_share(tonumber(ARGV[6])))
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

-- An idle worker is told of newer weights even if no task waits for them: an evaluation may ask for
-- them next.
local behind = serving <= w_incarnation and version < w_version
if #leases == 0 and (replaced or behind) then
  fetch = {text(w_incarnation), text(w_version), w_digest}
end
return {'OK', leases, requeued, abandoned, text(lease_ms), field('learner'), fetch}
