-- Refuses what follows for a run that is not there or can't be used: NO_RUN | LOST |
-- FORMAT found known.
do
  local refused = unusable()
  if refused then return refused end
end
