-- Creates the run, unless it exists with the same configuration and tokenizer.
-- ARGV: config, tokenizer digest, lease ms, max attempts, max staleness, tasks per step,
--       replacements per step
-- Answer: OK created (0 | 1) | CONFIG | TOKENIZER | LOST | FORMAT found known
local refused = unusable()
if not refused then
  if field('config') ~= ARGV[1] then return {'CONFIG'} end
  if field('tokenizer') ~= ARGV[2] then return {'TOKENIZER'} end
  return {'OK', 0}
end
if refused[1] ~= 'NO_RUN' then return refused end
redis.call('HSET', run, 'schema', FORMAT, 'config', ARGV[1], 'tokenizer', ARGV[2],
           'lease_ms', ARGV[3], 'max_attempts', ARGV[4], 'max_staleness', ARGV[5],
           'tasks_per_step', ARGV[6], 'replacements_per_step', ARGV[7], 'collecting', 1)
return {'OK', 1}
