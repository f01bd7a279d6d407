-- A bounded map from strings to numbers in two generations: what was used in the current generation outlives
-- it, the rest goes with the older one. No bookkeeping per use. Many small tables rather than one, since Lua
-- moves a whole table when it grows, and a million entries at once would be a pause that clients feel.
local store = {}
store.__index = store

local byte = string.byte

-- `limit` entries are held for sure, at most twice as many; `shards` is a power of two.
function store.new(limit, shards)
  local self = setmetatable({ shards = {}, mask = shards - 1, limit = math.ceil(limit / shards) }, store)
  for shard = 0, shards - 1 do self.shards[shard] = { hot = {}, cold = {}, count = 0 } end
  return self
end

function store:shard(key)
  local a, b, c = byte(key, -3, -1)
  return self.shards[bit.band((a or 0) * 61 + (b or 0) * 17 + (c or 0) * 7 + #key * 29, self.mask)]
end

local function put(self, shard, key, value)
  if shard.hot[key] == nil then
    if shard.count >= self.limit then shard.hot, shard.cold, shard.count = {}, shard.hot, 0 end
    shard.count = shard.count + 1
  end
  shard.hot[key] = value
end

function store:put(key, value)
  put(self, self:shard(key), key, value)
end

function store:get(key)
  local shard = self:shard(key)
  local value = shard.hot[key]
  if value ~= nil then return value end
  value = shard.cold[key]
  if value ~= nil then
    shard.cold[key] = nil
    put(self, shard, key, value)
  end
  return value
end

function store:drop(key)
  local shard = self:shard(key)
  shard.hot[key], shard.cold[key] = nil, nil
end

return store
