-- Adds tasks and queues them. All are checked before anything is written, so a refused call adds
-- nothing.
-- ARGV: (task, step, responses, payload)*
-- Answer: OK added, existing | FROZEN task step | FULL task step
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
