-- Payloads of samples, in the order of the arguments.
-- ARGV: step, "task/sample"*
-- Answer: OK {payload, or nil where there is none}*
local payloads = {}
for i = 2, #ARGV do
  payloads[i - 1] = redis.call('HGET', key('samples', ARGV[1]), ARGV[i])
end
return {'OK', payloads}
