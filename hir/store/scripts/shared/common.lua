-- What every script begins with: names of keys, the clock, fields of the run, the state of a step.
--
-- KEYS[1] of every script is the run's own hash, "hir:{RUN}"; each other key of the run begins with
-- it (docs/replay-store.md lists keys and fields). Task numbers come as 20 digits, so that the order
-- of the members of a set is the order of the numbers. A script answers {"OK", ...}, or a word for
-- what it refused and what the sentence about that needs.

-- The number of the format in which a run is stored. Raise it with any change of a key, a field or
-- its meaning that makes runs stored before unreadable, and commit a run of the format that ends:
-- tests/fixtures/ledger.
local FORMAT = '1'

local run = KEYS[1]

local function key(kind, id)
  if id then return run .. ':' .. kind .. ':' .. id end
  return run .. ':' .. kind
end

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function field(name) return redis.call('HGET', run, name) or '' end

local function number(name) return tonumber(field(name)) or 0 end

-- Lua writes large numbers with an exponent unless it is told otherwise. It writes the negative of 0
-- as -0, which Redis does not take for a number: the scripts say "0 - n" where n may be 0.
local function text(n) return string.format('%.0f', n) end

-- Why nothing can be done with the run as it is stored, as an answer; nil when it can be used. The
-- number is part of a run's first write: without it, what came after says nothing.
local function unusable()
  local format = redis.call('HGET', run, 'schema')
  if format == FORMAT then return nil end
  if format then return {'FORMAT', format, FORMAT} end
  if redis.call('EXISTS', run) == 1 then return {'LOST'} end
  return {'NO_RUN'}
end

-- {frozen, complete, dropped, tasks, expected, inserted, abandoned, first insert ms or "", now ms,
--  reason of the last abandoned task}
local function step_state(step)
  local s = redis.call('HMGET', key('step', step), 'tasks', 'open', 'expected', 'inserted',
                       'abandoned', 'first_insert', 'abandon_reason')
  local tasks, open = tonumber(s[1] or 0), tonumber(s[2] or 0)
  local complete = tasks >= number('tasks_per_step') and open == 0
  return {redis.call('EXISTS', key('manifest', step)), complete and 1 or 0,
          tonumber(step) <= number('dropped') and 1 or 0, tasks, tonumber(s[3] or 0),
          tonumber(s[4] or 0), tonumber(s[5] or 0), s[6] or '', text(now_ms()), s[7] or ''}
end
