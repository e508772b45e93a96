-- Freezes the step with the manifest; the first caller wins.
-- ARGV: step, manifest, digest
-- Answer: OK won (0 | 1) | INCOMPLETE
local step = ARGV[1]
if redis.call('EXISTS', key('manifest', step)) == 1 then return {'OK', 0} end
if step_state(step)[2] == 0 then return {'INCOMPLETE'} end
redis.call('SET', key('manifest', step), ARGV[2])
redis.call('HSET', key('step', step), 'digest', ARGV[3], 'frozen_at', text(now_ms()))
redis.call('HSET', run, 'newest_frozen', math.max(number('newest_frozen'), tonumber(step)))
local collecting = number('collecting')
while redis.call('EXISTS', key('manifest', collecting)) == 1 do collecting = collecting + 1 end
redis.call('HSET', run, 'collecting', collecting)
return {'OK', 1}
