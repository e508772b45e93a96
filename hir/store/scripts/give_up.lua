-- Ends leases that their workers can't fulfil; ignores those that are over. Needs
-- shared/end_lease.lua.
-- ARGV: (task, token, reason)*
-- Answer: OK requeued (task, step)*, abandoned (task, step)*
for i = 1, #ARGV, 3 do
  local state = redis.call('HMGET', key('task', ARGV[i]), 'state', 'token')
  if state[1] == 'leased' and state[2] == ARGV[i + 1] then end_lease(ARGV[i], ARGV[i + 2]) end
end
return {'OK', requeued, abandoned}
