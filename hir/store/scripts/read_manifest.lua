-- The manifest of a step.
-- ARGV: step
-- Answer: OK frozen (0 | 1), manifest, digest (empty strings when it is not frozen)
return {'OK', redis.call('EXISTS', key('manifest', ARGV[1])),
        redis.call('GET', key('manifest', ARGV[1])) or '',
        redis.call('HGET', key('step', ARGV[1]), 'digest') or ''}
