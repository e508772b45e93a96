-- The progress of a run.
-- ARGV: max age ms of the workers to count
-- Answer: OK newest weights (incarnation, version, digest), newest frozen step, collecting step,
--         tasks, held, completed, leased, abandoned, samples, bytes, workers,
--         {step_state() of the collecting step}
return {'OK', text(number('weights_incarnation')), text(number('weights_version')),
        field('weights_digest'), number('newest_frozen'), number('collecting'), number('tasks'),
        number('held'), number('completed'), redis.call('ZCARD', key('leases')),
        number('abandoned'), number('samples'), number('bytes'),
        redis.call('ZCOUNT', key('workers'), now_ms() - ARGV[1], '+inf'),
        step_state(field('collecting'))}
