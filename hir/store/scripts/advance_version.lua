-- Records that weights are ready. Needs shared/fence.lua.
-- ARGV: incarnation, version, digest, digest of the batch that they were made from or ""
-- Answer: OK | FENCED newest | BATCH | CONFLICT | OLDER newest version | GAP newest version
local version = ARGV[2]
if ARGV[4] ~= '' and redis.call('HGET', key('step', version), 'digest') ~= ARGV[4] then
  return {'BATCH'}
end
local known = redis.call('HGET', key('weights', ARGV[1]), version)
if known then return known == ARGV[3] and {'OK'} or {'CONFLICT'} end
-- The first version of an incarnation is free: a learner resumes from its checkpoint.
if number('weights_incarnation') == tonumber(ARGV[1]) then
  local newest = number('weights_version')
  if tonumber(version) < newest then return {'OLDER', text(newest)} end
  if tonumber(version) > newest + 1 then return {'GAP', text(newest)} end
end
redis.call('HSETNX', run, 'first_version', version)
redis.call('HSET', key('weights', ARGV[1]), version, ARGV[3])
redis.call('HSET', run, 'weights_incarnation', ARGV[1], 'weights_version', version,
           'weights_digest', ARGV[3])
return {'OK'}
