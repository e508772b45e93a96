-- Raises the incarnation, which fences off earlier learners.
-- ARGV: address of the learner, number that the incarnation must be above
-- Answer: OK incarnation
local incarnation = text(math.max(number('incarnation'), tonumber(ARGV[2])) + 1)
redis.call('HSET', run, 'learner', ARGV[1], 'incarnation', incarnation)
return {'OK', incarnation}
