-- A request on its way in: refuse what learn would refuse, then name the target.
local bodies = require("bodies")
local callers = require("callers")
local contexts = require("contexts")
local learn = require("learn")
local paths = require("paths")

local request = {}

local time = os.time
local PROLONGED_SECONDS = 5

local function json(text)
  return (text:gsub('[%c"\\]', ""))
end

local function refuse(handle, reason)
  handle:stats():counter("refused"):inc()
  local body = ('{"message": "path_info %s", "field": "path_info"}'):format(json(reason))
  handle:respond({ [":status"] = "400", ["content-type"] = "application/json" }, body)
end

-- Target and epoch from the answer to another request's question, or nil.
local function joined(handle, cache, path, context)
  local first = path:match("^/[^/]*")
  for _, key in ipairs(path == first and { path } or { first, path }) do
    if learn.underway(handle, key) then
      learn.wait(handle, key)
      local target, fresh, epoch = cache:find(path, context.known, time())
      if fresh then return target, epoch end
    end
  end
end

-- The request learns, unless pods are left alone. `old`: the entry that covers the path, if any. Returns target,
-- epoch, true, how and the number of questions asked, or nil and the body of a refusal.
local function learned(handle, cache, method, path, context, old, once, settings)
  local now, questions, answer, refusal = time(), 0, nil, nil
  if not learn.quiet(now) then
    questions = 1
    answer, refusal = learn.ask(handle, method, path, context, once, now, settings)
  end
  if refusal then return nil, refusal end
  if answer then
    local kept = cache:remember(answer, context.known, now, false)
    local outdated = old.target and answer.epoch and answer.epoch < old.epoch
    if not outdated then
      -- A narrower entry than the answer would go on to hide it.
      local hides = old.key and not old.fresh and (old.key ~= answer.path or old.exact ~= answer.exact)
      if kept and hides then cache:forget(old.key, old.exact) end
      return answer.target, answer.epoch, true, "miss", questions
    end
  end
  if not old.target then return context.latest, nil, true, "miss", questions end
  if not old.fresh then cache:prolong(old.key, old.exact, now, PROLONGED_SECONDS) end
  handle:stats():counter("stale"):inc()
  return old.target, old.epoch, true, "stale", questions
end

-- Whether a pod has confirmed an entry just now, by the seconds that are left of its life.
local function is_confirmed(left, settings)
  return left <= settings.life_seconds and left > settings.life_seconds - settings.confirmed_seconds
end

-- Target, epoch, whether the response may say something new of the path; for what is no hit also how it was found and the
-- number of questions asked. Or nil and the body of a refusal.
local function choose(handle, headers, cache, path, once, settings)
  local now = time()
  local context = contexts.of(handle, settings, now)
  local target, fresh, epoch, key, exact, left = cache:find(path, context.known, now)
  if fresh and not once then return target, epoch, not is_confirmed(left, settings) end
  context = contexts.of(handle, settings, now, true)
  -- Read before the first pause, which makes the old handle invalid.
  local method = headers:get(":method")
  if not once then
    if target and (learn.underway(handle, path) or learn.underway(handle, path:match("^/[^/]*"))) then
      handle:stats():counter("stale"):inc()
      return target, epoch, true, "stale", 0
    end
    local found, its_epoch = joined(handle, cache, path, context)
    if found then return found, its_epoch, true, "miss", 0 end
  end
  local old = { target = target, fresh = fresh, epoch = epoch, key = key, exact = exact }
  return learned(handle, cache, method, path, context, old, once, settings)
end

function request.handle(handle, cache, settings)
  local headers = handle:headers()
  local target = headers:get(":path")
  if not target then return refuse(handle, "is missing") end
  local path = paths.of(target)
  local reason = paths.refusal(path) or paths.untransportable(path, target)
  if reason then return refuse(handle, reason) end
  if paths.hidden(path) then return handle:respond({ [":status"] = "404" }, "") end
  local told = headers:get("x-gitlab-router-body")
  local streamed = bodies.is_streamed(told, settings)
  if streamed then headers:replace("x-gitlab-router-body", "streamed") else headers = bodies.take_in(handle, headers, told) end
  local pod, epoch, listens, how, questions = choose(handle, headers, cache, path, streamed, settings)
  if not pod then
    handle:stats():counter("refused"):inc()
    return handle:respond({ [":status"] = "400", ["content-type"] = "application/json" }, epoch)
  end
  if how then
    headers = handle:headers()
    headers:replace("x-gitlab-router-cache", how)
    headers:replace("x-gitlab-router-learned", tostring(questions))
  end
  local default = contexts.default_of(pod)
  if default then
    local now = time()
    -- Of such a path no response says anything but a redirect, which is heard in any case.
    pod, listens = callers.pod(headers, cache, path, default, contexts.of(handle, settings, now), now), false
  end
  if listens then headers:replace("x-gitlab-router-listens", "1") end
  headers:replace("x-gitlab-pod-target", pod)
  if epoch and epoch > 0 then headers:replace("x-gitlab-pod-epoch", ("%d"):format(epoch)) end
end

return request
