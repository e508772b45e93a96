-- The beginning of every script: names of keys, the clock, fields of the run, the state of a step.
--
-- KEYS[1] of every script is the run's own hash, "hir:{RUN}"; each other key of the run begins with
-- it (docs/replay-store.md lists keys and fields). Task numbers have 20 digits, so that members of
-- a set sort as numbers. A script answers {"OK", ...}, or a word for its refusal and the values
-- that the error message needs.

-- The number of the format in which a run is stored. Raise it with any change to a key, a field or
-- its meaning that makes stored runs unreadable, and commit a run of the old format to
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

-- Lua prints large numbers with an exponent by default. It prints -n as -0 when n is 0, which Redis
-- does not accept as a number, so the scripts write "0 - n" where n may be 0.
local function text(n) return string.format('%.0f', n) end

-- The refusal for a run that cannot be used as it is stored; nil if it can. The format's number is
-- part of a run's first write: if it is missing, later fields mean nothing.
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
  local wanted = number('tasks_per_step') + number('replacements_per_step')
  local complete = tasks >= wanted and open == 0
  return {redis.call('EXISTS', key('manifest', step)), complete and 1 or 0,
          tonumber(step) <= number('dropped') and 1 or 0, tasks, tonumber(s[3] or 0),
          tonumber(s[4] or 0), tonumber(s[5] or 0), s[6] or '', text(now_ms()), s[7] or ''}
end
