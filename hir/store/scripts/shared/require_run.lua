-- Refuses the operation if the run does not exist or can't be used: NO_RUN | LOST | FORMAT found
-- known.
do
  local refused = unusable()
  if refused then return refused end
end
