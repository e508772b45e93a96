-- The digests of all frozen steps.
-- ARGV: none
-- Answer: OK (step, digest)*
local digests = {}
for step = 1, number('newest_frozen') do
  local digest = redis.call('HGET', key('step', step), 'digest')
  if digest then
    table.insert(digests, step)
    table.insert(digests, digest)
  end
end
return {'OK', digests}
