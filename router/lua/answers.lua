-- What pods tell the router, checked: nothing in an answer can name an upstream that the topology does not
-- list, or a key that does not cover the path that was asked.
--
-- An answer is {target, path, exact, negative, epoch, life}; without `path` it serves this request only.
local paths = require("paths")

local answers = {}

-- A value with an escape in it is taken for absent: such a path is served, and not remembered.
local function text(json, name)
  return json:match('"' .. name .. '"%s*:%s*"([^"\\]*)"')
end

local function key_of(prefix, asked)
  if not prefix then return nil end
  if #prefix > 1 and prefix:sub(-1) == "/" then prefix = prefix:sub(1, -2) end
  return paths.covers(prefix, asked) and prefix or nil
end

local function epoch_of(value)
  return tonumber((value or ""):match("^%d+$"))
end

local function life_of(cache_control, longest)
  local seconds = tonumber((cache_control or ""):match("max%-age=(%d+)")) or 0
  if (cache_control or ""):find("no-store", 1, true) then return 0 end
  return math.min(seconds, longest)
end

-- Learn's answer to `asked`, or nil when it cannot be used. `headers`: a table; `context`: see contexts.lua.
function answers.learned(asked, headers, body, context)
  local source, pod = text(body, "source"), context.pods[text(body, "pod") or ""]
  if not pod or not source then return nil end
  local answer = { target = pod, epoch = epoch_of(headers["x-gitlab-pod-epoch"]), negative = source == "unknown" }
  if source == "any" then
    answer.target = context.any
  elseif source == "fixed" and headers["x-gitlab-pod-preference"] == "region" then
    answer.target = context.preferred[pod] or pod
  elseif headers["x-gitlab-pod-by"] == "credential" then
    answer.target = context.by_caller[pod]
  end
  answer.life = life_of(headers["cache-control"], context.longest_life)
  answer.exact = body:find('"exact"%s*:%s*true') ~= nil
  local path = text(body, "path")
  if answer.exact then
    answer.path = path == asked and path or nil
  else
    local wide = headers["x-gitlab-pod-cache"]
    answer.path = wide and key_of(text(wide, "path_prefix"), asked) or key_of(path, asked)
  end
  return answer
end

-- What the pod that served `asked` says of its own paths.
function answers.confirmed(asked, cache_header, epoch, pod, context)
  if not context.pods[pod] then return nil end
  return { target = pod, path = key_of(text(cache_header, "path_prefix"), asked), epoch = epoch_of(epoch), life = context.life }
end

-- Where a pod that does not own `asked` sent the request.
function answers.redirected(asked, redirect, context)
  local pod = context.pods[text(redirect, "pod") or ""]
  if not pod then return nil end
  local exact, path = redirect:find('"exact"%s*:%s*true') ~= nil, text(redirect, "path")
  local epoch = tonumber(redirect:match('"epoch"%s*:%s*(%d+)'))
  if exact then path = path == asked and path or nil else path = key_of(path, asked) end
  local life = answers.is_of_caller(redirect) and context.caller_life or context.life
  return { target = pod, path = path, exact = exact, epoch = epoch, life = life }
end

-- Whether a redirect holds for one caller only.
function answers.is_of_caller(redirect)
  return redirect:find('"by"%s*:%s*"credential"') ~= nil
end

return answers
