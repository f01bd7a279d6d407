-- A response on its way out: remember what the pod says of its paths, drop what misled the request, conceal.
local answers = require("answers")
local contexts = require("contexts")
local learn = require("learn")
local paths = require("paths")

local response = {}

local CONCEAL = "conceal-pause"

-- What stays undelivered is nobody's answer: the client is asked to come again.
local function undelivered(handle, headers, text)
  headers:replace(":status", "503")
  headers:replace("retry-after", "1")
  headers:replace("content-type", "text/plain; charset=utf-8")
  local length = handle:body(true):setBytes(text)
  handle:headers():replace("content-length", tostring(length))
end

local function confirm(handle, cache, header, epoch, asked, context)
  local pod = asked:get("x-gitlab-pod-target")
  local answer = answers.confirmed(paths.of(asked:get(":path")), header, epoch, pod, context)
  if answer and answer.path then cache:remember(answer, context.known, os.time(), true) end
end

-- The entry that sent the request to the wrong pod goes, and where it was sent from there is remembered.
local function correct(handle, cache, moved, asked, context)
  local path, now = paths.of(asked:get(":path")), os.time()
  local answer = answers.redirected(path, moved, context)
  local target, _, _, key, exact = cache:find(path, context.known, now)
  if target and (not answer or target ~= answer.target) then cache:forget(key, exact) end
  if answer then cache:remember(answer, context.known, now, false) end
  handle:stats():counter("misrouted"):inc()
end

-- Holds the response until a whole number of budgets has passed since the request came, so that time does not
-- tell an absent name from a private one, however many pods were asked.
local function conceal(handle, headers, asked, settings)
  local arrived = tonumber((asked:get("x-request-start") or ""):match("[%d.]+")) or 0
  local passed = handle:timestamp() - arrived * 1000
  if passed < 0 or passed > 1000 * settings.conceal_ms then passed = 0 end
  if learn.pause(handle, CONCEAL, settings.conceal_ms - passed % settings.conceal_ms) then return end
  -- Beyond the cap nothing is told at all: an attacker who fills it learns that, and nothing of the name.
  handle:stats():counter("conceal_shed"):inc()
  undelivered(handle, handle:headers(), "Too many requests at the moment. Please try again.\n")
end

function response.handle(handle, cache, settings)
  local headers, asked = handle:headers(), handle:requestHeaders()
  -- Envoy's own answer to what it could not read.
  if not asked then return end
  local confirmed, moved = headers:get("x-gitlab-pod-cache"), asked:get("x-gitlab-pod-moved")
  if confirmed or moved then
    local context = contexts.of(handle, settings)
    if moved then correct(handle, cache, moved, asked, context) end
    if confirmed then confirm(handle, cache, confirmed, headers:get("x-gitlab-pod-epoch"), asked, context) end
  end
  if headers:get(":status") == "421" and (headers:get("x-gitlab-pod-redirect") or headers:get("x-gitlab-pod-undelivered")) then
    handle:stats():counter("undelivered"):inc()
    undelivered(handle, headers, "The pod that serves this page is changing. Please try again.\n")
  elseif headers:get("x-gitlab-pod-conceal") then
    conceal(handle, headers, asked, settings)
  end
end

return response
