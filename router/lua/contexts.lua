-- The pods of the route configuration, which may change while the filter runs.
-- Envoy hands it over as strings; they are taken apart once for each version.
local contexts = {}

local current, looked_at = { version = nil }, nil

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

-- `get`: a field's value by its name. `settings`: what holds for the life of the process.
function contexts.read(get, settings)
  local context = {
    version = get("version"), any = get("any"), latest = get("latest"), learn_secret = get("learn_secret"),
    pods = {}, known = {}, preferred = {}, life = settings.life_seconds, longest_life = settings.longest_life_seconds,
  }
  for _, word in ipairs(words(get("pods"))) do
    local spelling, pod = word:match("^(.-)=(.*)$")
    context.pods[spelling], context.known[pod] = pod, true
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

return contexts
