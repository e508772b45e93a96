-- Lets held-back tasks of a step be leased, those of the lowest numbers first, until the groups
-- that teach something and those that may yet do so fill the step, or none is held back any more.
-- So the tasks that were ever leased are those up to one number, whatever the order in which groups ended.
local function release(step)
  local s = key('step', step)
  local info = redis.call('HMGET', s, 'tasks', 'open', 'informative')
  local wanted, most = number('tasks_per_step'), number('replacements_per_step')
  -- Which numbers are the lowest is known when all tasks of the step are put.
  if most == 0 or tonumber(info[1]) < wanted + most then return end
  local missing = wanted - tonumber(info[2] or 0) - tonumber(info[3] or 0)
  if missing <= 0 then return end
  local released = redis.call('ZPOPMIN', key('held', step), missing)
  for i = 1, #released, 2 do
    local task = released[i]
    redis.call('HSET', key('task', task), 'state', 'pending')
    redis.call('ZADD', key('queue'), step, task)
    redis.call('HINCRBY', run, 'held', -1)
    redis.call('HINCRBY', s, 'open', 1)
    redis.call('HINCRBY', s, 'expected', redis.call('HGET', key('task', task), 'responses'))
  end
end
