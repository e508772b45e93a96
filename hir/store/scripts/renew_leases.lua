-- Extends leases from now, expired ones too unless their tasks were taken back.
-- ARGV: (task, token)*
-- Answer: OK renewed tasks*
local now, renewed = now_ms(), {}
for i = 1, #ARGV, 2 do
  local state = redis.call('HMGET', key('task', ARGV[i]), 'state', 'token')
  if state[1] == 'leased' and state[2] == ARGV[i + 1] then
    redis.call('ZADD', key('leases'), now + number('lease_ms'), ARGV[i])
    table.insert(renewed, ARGV[i])
  end
end
return {'OK', renewed}
