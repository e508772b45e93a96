-- Ends the lease of a task, which then waits again or, after its last attempt, is abandoned.
-- Needs shared/release.lua. Appends the task and its step to the matching list.
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
  -- The step no longer waits for this task.
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
  release(step)
end
