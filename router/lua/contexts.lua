-- The pods of the route configuration, which may change while the filter runs.
-- Envoy hands it over as strings; they are taken apart once for each version.
local contexts = {}

local current, looked_at = { version = nil, default_of = {} }, nil

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

-- `get`: a field's value by its name. `settings`: what holds for the life of the process.
function contexts.read(get, settings)
  local context = {
    version = get("version"), any = get("any"), latest = get("latest"), learn_secret = get("learn_secret"),
    pods = {}, known = {}, preferred = {}, by_caller = {}, default_of = {}, life = settings.life_seconds, longest_life = settings.longest_life_seconds,
    caller_life = settings.credential_life_seconds, longest_credential = settings.longest_credential_bytes,
    session = get("session"):gsub("%W", "%%%0") .. "=([^;]*)",
    key0 = bit.tobit(tonumber(get("credential_key"):sub(1, 8), 16)), key1 = bit.tobit(tonumber(get("credential_key"):sub(9, 16), 16)),
  }
  for _, word in ipairs(words(get("pods"))) do
    local spelling, pod = word:match("^(.-)=(.*)$")
    context.pods[spelling], context.known[pod] = pod, true
    -- What learn names this pod for, and callers have others.
    local by_caller = "caller-or-" .. pod
    context.by_caller[pod], context.default_of[by_caller], context.known[by_caller] = by_caller, pod, true
  end
  for _, word in ipairs(words(get("preferred"))) do
    local pod, target = word:match("^(.-)=(.*)$")
    context.preferred[pod], context.known[target] = target, true
  end
  context.known[context.any] = true
  return context
end

-- A hit uses what was read within the last second; `refresh` reads it again, before a question to learn.
function contexts.of(handle, settings, now, refresh)
  if now == looked_at and not refresh then return current end
  looked_at = now
  local fields = handle:filterContext()
  if fields:get("version") ~= current.version then
    current = contexts.read(function(name) return fields:get(name) end, settings)
  end
  return current
end

-- The pod of visitors, where the caller decides; nil for every other target.
function contexts.default_of(target)
  return current.default_of[target]
end

return contexts
