-- Stores a sample that is still missing. The token of any lease that the task ever had is accepted,
-- so that late work is not thrown away. Needs shared/release.lua.
-- ARGV: task, sample, step, token, payload, reward or "" if it is unknown
-- Answer: OK (0 stored | 1 duplicate | 2 unwanted), task complete, step complete |
--         TASK | STEP step of the task | SAMPLE samples wanted | TOKEN newest token
local task, sample, step, token = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local t, s = key('task', task), key('step', step)
local info = redis.call('HMGET', t, 'step', 'responses', 'have', 'state', 'token')
if not info[1] then return {'TASK'} end
if info[1] ~= step then return {'STEP', info[1]} end
if sample >= tonumber(info[2]) then return {'SAMPLE', info[2]} end
local newest = tonumber(info[5] or 0)
if token < 1 or token > newest then return {'TOKEN', text(newest)} end

local have = info[3]
if string.sub(have, sample + 1, sample + 1) == '1' then return {'OK', 1, 0, 0} end
if info[4] == 'abandoned' or redis.call('EXISTS', key('manifest', step)) == 1 then
  return {'OK', 2, 0, 0}
end

have = string.sub(have, 1, sample) .. '1' .. string.sub(have, sample + 2)
redis.call('HSET', key('samples', step), task .. '/' .. ARGV[2], ARGV[5])
redis.call('HSET', t, 'have', have)
redis.call('HSETNX', s, 'first_insert', text(now_ms()))
redis.call('HINCRBY', s, 'inserted', 1)
redis.call('HINCRBY', s, 'bytes', #ARGV[5])
redis.call('HINCRBY', run, 'samples', 1)
redis.call('HINCRBY', run, 'bytes', #ARGV[5])

-- A group teaches something if two of its known rewards differ. The flag is of no use without
-- replacements.
if ARGV[6] ~= '' and number('replacements_per_step') > 0 then
  local reward = redis.call('HGET', t, 'reward')
  if not reward then
    redis.call('HSET', t, 'reward', ARGV[6])
  elseif reward ~= ARGV[6] then
    redis.call('HSET', t, 'informative', 1)
  end
end

local filled = not string.find(have, '0', 1, true)
if filled then
  redis.call('HSET', t, 'state', 'complete')
  redis.call('ZREM', key('leases'), task)
  redis.call('ZREM', key('queue'), task)
  redis.call('HINCRBY', s, 'open', -1)
  if redis.call('HEXISTS', t, 'informative') == 1 then
    redis.call('HINCRBY', s, 'informative', 1)
  end
  redis.call('HINCRBY', run, 'completed', 1)
  release(step)
end
return {'OK', 0, filled and 1 or 0, step_state(step)[2]}
