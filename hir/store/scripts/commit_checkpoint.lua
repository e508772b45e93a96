-- Records a checkpoint and deletes the samples of the frozen steps that no kept checkpoint needs.
-- Needs shared/fence.lua.
-- ARGV: incarnation, version, oldest version kept
-- Answer: OK | FENCED newest

-- A dropped step keeps its facts and its order of rows; the samples that training needed are
-- deleted. A ledger that replaces a lost one has no steps up to its first version. The first write
-- frees memory: a Redis at its maxmemory refuses a script whose first write may take some.
local step = math.max(number('dropped'), number('first_version')) + 1
while step <= tonumber(ARGV[3]) and redis.call('EXISTS', key('manifest', step)) == 1 do
  redis.call('UNLINK', key('samples', step), key('held', step))
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
