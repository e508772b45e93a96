-- Replaces the configuration if it is still the one that the caller read.
-- ARGV: config before, config
-- Answer: OK | CONFIG
if field('config') ~= ARGV[1] then return {'CONFIG'} end
redis.call('HSET', run, 'config', ARGV[2])
return {'OK'}
