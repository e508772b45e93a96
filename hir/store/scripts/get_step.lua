-- The state of a step.
-- ARGV: step
-- Answer: OK, then the fields of step_state() in shared/common.lua
return {'OK', unpack(step_state(ARGV[1]))}
