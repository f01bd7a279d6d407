-- A response on its way out: remember what the pod says of its paths, drop what misled the request, conceal.
local answers = require("answers")
local callers = require("callers")
local contexts = require("contexts")
local learn = require("learn")
local paths = require("paths")

local response = {}

local find, time = string.find, os.time
local CONCEAL = "conceal-pause"

-- What stays undelivered is nobody's answer: the client is asked to come again.
local function undelivered(handle, headers, reason, settings)
  local asked, text, kind = handle:requestHeaders(), reason .. " Please try again.\n", "text/plain"
  if find(asked:get(":path") or "", "/api/", 1, true) == 1 then
    text, kind = ('{"message":"503 Service Unavailable: %s Please try again."}'):format(reason), "application/json"
  elseif find(asked:get("accept") or "", "text/html", 1, true) then
    local words = { reason = reason, request_id = asked:get("x-request-id") or "", method = asked:get(":method") }
    text, kind = settings.page:gsub("{([%w_]+)}", words), "text/html"
    headers:replace("content-security-policy", settings.page_policy)
  end
  headers:replace(":status", "503")
  headers:replace("retry-after", "1")
  headers:replace("content-type", kind == "application/json" and kind or kind .. "; charset=utf-8")
  headers:replace("cache-control", "no-store")
  headers:remove("location")
  headers:remove("x-gitlab-pod-release")
  -- The bytes of a body after HEAD would be taken for the next response.
  if asked:get(":method") == "HEAD" then return headers:remove("content-length") end
  local length = handle:body(true):setBytes(text)
  handle:headers():replace("content-length", tostring(length))
end

local function confirm(handle, cache, header, epoch, now, settings)
  local context, asked = contexts.of(handle, settings, now), handle:requestHeaders()
  local pod = asked:get("x-gitlab-pod-target")
  local answer = answers.confirmed(paths.of(asked:get(":path")), header, epoch, pod, context)
  if answer and answer.path then cache:remember(answer, context.known, now, true) end
end

-- The entry that sent the request to the wrong pod goes, and where it was sent from there is remembered.
local function correct(handle, cache, moved, now, settings)
  handle:stats():counter("misrouted"):inc()
  local asked, context = handle:requestHeaders(), contexts.of(handle, settings, now)
  local path = paths.of(asked:get(":path"))
  local answer = answers.redirected(path, moved, context)
  if answers.is_of_caller(moved) then return callers.correct(asked, cache, path, answer, context, now) end
  local target, _, _, key, exact = cache:find(path, context.known, now)
  if target and (not answer or target ~= answer.target) then cache:forget(key, exact) end
  if answer then cache:remember(answer, context.known, now, false) end
end

-- Holds the response until a whole number of the pod's time budgets has passed since the request came, so that
-- time does not tell an absent name from a private one, however many pods were asked.
local function conceal(handle, told, settings)
  local budget = tonumber(told:match("^%d+$")) or 0
  if budget < settings.least_conceal_ms or budget > settings.longest_conceal_ms then budget = settings.conceal_ms end
  local arrived = tonumber((handle:requestHeaders():get("x-request-start") or ""):match("[%d.]+")) or 0
  local now = handle:timestamp()
  local passed = now - arrived * 1000
  if passed < 0 or passed > 1000 * budget then passed = 0 end
  local left = budget - passed % budget
  local due = now + left
  -- A pause counts from when Envoy's event loop woke up, so a busy router ends it some milliseconds early.
  while learn.pause(handle, CONCEAL, left) do
    left = due - handle:timestamp()
    -- After a step of the clock nobody knows how much is left.
    if left <= 0 or left > budget then return end
  end
  -- Beyond the cap nothing is told at all: an attacker who fills it learns that, and nothing of the name.
  handle:stats():counter("conceal_shed"):inc()
  undelivered(handle, handle:headers(), "Too many requests at the moment.", settings)
end

function response.handle(handle, cache, settings)
  local headers, asked, now = handle:headers(), handle:requestHeaders(), time()
  local confirmed, moved = headers:get("x-gitlab-pod-cache"), asked:get("x-gitlab-pod-moved")
  if moved then correct(handle, cache, moved, now, settings) end
  if confirmed then
    confirm(handle, cache, confirmed, headers:get("x-gitlab-pod-epoch"), now, settings)
  end
  local told = headers:get("x-gitlab-pod-conceal")
  if told == "undelivered" then
    handle:stats():counter("undelivered"):inc()
    return undelivered(handle, headers, "The server of this page is changing.", settings)
  end
  if told then conceal(handle, told, settings) end
end

return response
