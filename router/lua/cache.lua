-- What the router remembers: path prefixes and exact paths, each with a target, an expiry and the epoch of
-- its organization, packed into one number (an entry costs two table slots and its key, no table of its own).
--
-- Two partitions. An answer enters the small one. It moves to the large one when it is used again or when the
-- pod that serves the path confirms it, unless it is negative or its key is not spelled canonically: what a
-- client can make up without end stays among its like.
local paths = require("paths")
local store = require("store")

local cache = {}
cache.__index = cache

local floor, max, min, sub = math.floor, math.max, math.min, string.sub

local EXPIRIES, TARGETS, EPOCHS = 2 ^ 27, 2 ^ 10, 2 ^ 15
local NEGATIVE = EXPIRIES * TARGETS
local DEEPEST = 20
-- A limit that is held for sure needs room for keys that do not spread evenly.
local SPREAD, SHARDS = 1.25, 64

local function kind(limit, small_limit)
  return { large = store.new(limit * SPREAD, SHARDS), small = store.new(small_limit, 1) }
end

-- `settings`: prefixes, exacts, small (entries); stale_seconds (how long an expired entry may still serve).
function cache.new(settings, now)
  return setmetatable({
    prefixes = kind(settings.prefixes, settings.small),
    exacts = kind(settings.exacts, settings.small),
    callers = kind(settings.credentials, settings.small),
    stale_seconds = settings.stale_seconds,
    origin = now,
    deepest = 0,
    ends = {},
    names = {},
    numbers = {},
  }, cache)
end

local function number_of(self, target)
  local number = self.numbers[target]
  if not number and #self.names < TARGETS - 1 then
    number = #self.names + 1
    self.names[number], self.numbers[target] = target, number
  end
  return number
end

local function pack(self, number, negative, epoch, expiry)
  local seconds = max(0, min(expiry - self.origin, EXPIRIES - 1))
  return min(epoch or 0, EPOCHS - 1) * 2 * NEGATIVE + (negative and NEGATIVE or 0) + number * EXPIRIES + seconds
end

local function unpacked(self, value)
  local rest = floor(value / EXPIRIES)
  local upper = floor(rest / TARGETS)
  return self.names[rest % TARGETS], value % EXPIRIES + self.origin, floor(upper / 2), upper % 2 == 1
end

local function look(self, stores, key, known, now)
  local value, young = stores.large:get(key), false
  if not value then
    value, young = stores.small:get(key), true
    if not value then return nil end
  end
  local target, expiry, epoch, negative = unpacked(self, value)
  if not known[target] or expiry + self.stale_seconds <= now then return nil end
  if young and not negative and paths.canonical(key) then
    stores.small:drop(key)
    stores.large:put(key, value)
  end
  return target, expiry > now, epoch, key, expiry - now
end

-- target, whether it is still fresh, epoch, key, whether the key is exact, and the seconds that are left of its life; nil
-- when nothing covers the path.
-- The longest whole-segment prefix decides, fresh or not: a shorter one may belong to another pod.
function cache:find(path, known, now)
  local target, fresh, epoch, key, left = look(self, self.exacts, path, known, now)
  if target then return target, fresh, epoch, key, true, left end
  for cut = paths.cut(path, self.ends, self.deepest), 1, -1 do
    target, fresh, epoch, key, left = look(self, self.prefixes, sub(path, 1, self.ends[cut]), known, now)
    if target then return target, fresh, epoch, key, false, left end
  end
end

-- Keeps an answer (see answers.lua) and returns true, unless an entry with a newer epoch has the key and is
-- not yet too old to serve. `confirmed`: the pod that serves the path said so.
function cache:remember(answer, known, now, confirmed)
  local key, stores = answer.path, answer.exact and self.exacts or self.prefixes
  local number = number_of(self, answer.target)
  if not key or answer.life <= 0 or not number then return false end
  if not answer.exact then
    local depth = select(2, key:gsub("/", ""))
    if depth > DEEPEST then return false end
    self.deepest = max(self.deepest, depth)
  end
  local old = stores.large:get(key)
  local large = old ~= nil
  old = old or stores.small:get(key)
  if old then
    local target, expiry, epoch = unpacked(self, old)
    local newer = answer.epoch and epoch > min(answer.epoch, EPOCHS - 1)
    if newer and known[target] and expiry + self.stale_seconds > now then return false end
  end
  local value = pack(self, number, answer.negative, answer.epoch, now + answer.life)
  local trusted = (large or confirmed) and not answer.negative and paths.canonical(key)
  if trusted then stores.small:drop(key) else stores.large:drop(key) end
  stores[trusted and "large" or "small"]:put(key, value)
  return true
end

-- Entries of callers (see callers.lua) have a partition of their own. Their keys are the hash of a credential and the key
-- of the path's entry.
local function caller_key(self, hash, path, known, now)
  local _, _, _, key = self:find(path, known, now)
  return key and hash .. key
end

function cache:find_caller(hash, path, known, now)
  local key = caller_key(self, hash, path, known, now)
  if not key then return nil end
  local target, fresh = look(self, self.callers, key, known, now)
  return fresh and target or nil
end

function cache:remember_caller(hash, answer, now)
  local number = number_of(self, answer.target)
  if number then self.callers.small:put(hash .. answer.path, pack(self, number, false, 0, now + answer.life)) end
end

function cache:forget_caller(hash, path, known, now)
  local key = caller_key(self, hash, path, known, now)
  if not key then return end
  self.callers.large:drop(key)
  self.callers.small:drop(key)
end

-- Lets an entry serve for some more seconds as it is.
function cache:prolong(key, exact, now, seconds)
  local stores = exact and self.exacts or self.prefixes
  for _, partition in pairs(stores) do
    local value = partition:get(key)
    if value then partition:put(key, value - value % EXPIRIES + min(now + seconds - self.origin, EXPIRIES - 1)) end
  end
end

function cache:forget(key, exact)
  local stores = exact and self.exacts or self.prefixes
  stores.large:drop(key)
  stores.small:drop(key)
end

return cache
