-- The workers with a recent heartbeat, the most recent first. Those silent for an hour are
-- forgotten.
-- ARGV: max age ms, most workers to name
-- Answer: OK {address, payload, last seen ms}*
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
