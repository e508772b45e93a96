-- Puts a configuration in the place of the one that was read.
-- ARGV: config before, config
-- Answer: OK | CONFIG
if field('config') ~= ARGV[1] then return {'CONFIG'} end
redis.call('HSET', run, 'config', ARGV[2])
return {'OK'}
