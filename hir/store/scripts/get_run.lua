-- The run's settings, and how far its weights have come.
-- ARGV: none
-- Answer: OK config, tokenizer digest, lease ms, max attempts, max staleness, tasks per step,
--         replacements per step, newest weights (incarnation, version, digest), checkpoint
--         version, first version, dropped step
return {'OK', field('config'), field('tokenizer'), field('lease_ms'), field('max_attempts'),
        field('max_staleness'), field('tasks_per_step'), number('replacements_per_step'),
        field('weights_incarnation'), field('weights_version'), field('weights_digest'),
        field('checkpoint_version'), field('first_version'), field('dropped')}
