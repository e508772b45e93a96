-- What a sample is checked against before it is inserted.
-- ARGV: task, sample, (incarnation, version)* of weights
-- Answer: OK wanted (0 | 1), payload of the task, newest incarnation,
--         newest weights (incarnation, version, digest), {digest of the weights asked for or ""}*
local sample = tonumber(ARGV[2])
local info = redis.call('HMGET', key('task', ARGV[1]), 'step', 'have', 'state', 'payload')
local wanted = info[1] and string.sub(info[2], sample + 1, sample + 1) == '0' and
               info[3] ~= 'abandoned' and redis.call('EXISTS', key('manifest', info[1])) == 0
local digests = {}
for i = 3, #ARGV, 2 do
  table.insert(digests, redis.call('HGET', key('weights', ARGV[i]), ARGV[i + 1]) or '')
end
return {'OK', wanted and 1 or 0, info[4] or '', text(number('incarnation')),
        field('weights_incarnation'), field('weights_version'), field('weights_digest'), digests}
