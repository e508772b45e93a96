-- The tasks of a step, by number, without those that are held back.
-- ARGV: step
-- Answer: OK {task, responses, state, payload or ""}*
local tasks = {}
for _, task in ipairs(redis.call('ZRANGE', key('step_tasks', ARGV[1]), 0, -1)) do
  local info = redis.call('HMGET', key('task', task), 'responses', 'state', 'payload')
  if info[2] ~= 'held' then table.insert(tasks, {task, info[1], info[2], info[3] or ''}) end
end
return {'OK', tasks}
