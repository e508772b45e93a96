-- Lets only the newest learner write: ARGV[1] is the writer's incarnation. FENCED newest.
if ARGV[1] ~= text(number('incarnation')) then
  return {'FENCED', text(number('incarnation'))}
end
