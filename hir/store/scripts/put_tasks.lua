-- Adds tasks and queues them, or holds them back. All are checked before anything is written, so a
-- refused call adds nothing. Needs shared/release.lua.
-- ARGV: (task, step, responses, payload, 1 if it is a replacement and else 0)*
-- Answer: OK added, existing | FROZEN task step | FULL task step
local existing, new, load = 0, {}, {}
for i = 1, #ARGV, 5 do
  local task, step, replacement = ARGV[i], ARGV[i + 1], ARGV[i + 4] == '1'
  if new[task] or redis.call('EXISTS', key('task', task)) == 1 then
    existing = existing + 1
  else
    if redis.call('EXISTS', key('manifest', step)) == 1 then return {'FROZEN', task, step} end
    if not load[step] then
      local info = redis.call('HMGET', key('step', step), 'tasks', 'replacements')
      local replacements = tonumber(info[2] or 0)
      load[step] = {[true] = replacements, [false] = tonumber(info[1] or 0) - replacements}
    end
    load[step][replacement] = load[step][replacement] + 1
    local most = number(replacement and 'replacements_per_step' or 'tasks_per_step')
    if load[step][replacement] > most then return {'FULL', task, step} end
    new[task] = i
  end
end

local added = 0
for task, i in pairs(new) do
  local step, responses, replacement = ARGV[i + 1], ARGV[i + 2], ARGV[i + 4] == '1'
  redis.call('HSET', key('task', task), 'step', step, 'responses', responses, 'payload',
             ARGV[i + 3], 'have', string.rep('0', tonumber(responses)), 'state',
             replacement and 'held' or 'pending')
  redis.call('ZADD', key('step_tasks', step), 0, task)
  redis.call('HINCRBY', key('step', step), 'tasks', 1)
  if replacement then
    redis.call('ZADD', key('held', step), 0, task)
    redis.call('HINCRBY', key('step', step), 'replacements', 1)
    redis.call('HINCRBY', run, 'held', 1)
  else
    redis.call('ZADD', key('queue'), step, task)
    redis.call('HINCRBY', key('step', step), 'open', 1)
    redis.call('HINCRBY', key('step', step), 'expected', responses)
  end
  added = added + 1
end
redis.call('HINCRBY', run, 'tasks', added)
for step in pairs(load) do release(step) end
return {'OK', added, existing}
