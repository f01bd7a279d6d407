-- Asking a pod: GET /api/v4/pods/learn. One question in flight for each key, every wait with an end.
local answers = require("answers")
local store = require("store")

local learn = {}

local ASK, WAIT = "learn-pods", "learn-pause"
local FAILURES_IN_A_ROW = 3

-- Key to the time in ms at which the question is given up. A client that leaves ends its question without a
-- word, hence the time; and hence the store, which forgets.
local flights = store.new(4096, 1)
local failures, quiet_until = 0, 0

local function escape(text)
  return (text:gsub("[^%w%-%._~/]", function(letter) return ("%%%02X"):format(letter:byte()) end))
end

-- Comes back after about `ms`; false at once when too many streams wait already.
function learn.pause(handle, cluster, ms)
  local headers = { [":method"] = "GET", [":path"] = "/", [":authority"] = "pause", ["x-envoy-fault-delay-request"] = tostring(math.ceil(ms)) }
  local ok, answer = pcall(handle.httpCall, handle, cluster, headers, nil, ms + 1000)
  return ok and answer ~= nil and answer[":status"] == "204"
end

function learn.underway(handle, key)
  return (flights:get(key) or 0) > handle:timestamp()
end

-- Waits for the answer to another request's question.
function learn.wait(handle, key)
  local ms = 2
  while learn.underway(handle, key) and learn.pause(handle, WAIT, ms) do ms = math.min(2 * ms, 32) end
end

local function depart(handle, key, settings)
  if learn.underway(handle, key) then return false end
  flights:put(key, handle:timestamp() + settings.learn_ms + 100)
  return true
end

local function failed(handle, now, settings)
  handle:stats():counter("learn_failed"):inc()
  failures = failures + 1
  if failures >= FAILURES_IN_A_ROW then quiet_until = now + settings.quiet_seconds end
end

local function call(handle, method, path, context, fresh, settings)
  local target = "/api/v4/pods/learn?method=" .. escape(method) .. "&path_info=" .. escape(path) .. (fresh and "&fresh=1" or "")
  local headers = {
    [":method"] = "GET", [":path"] = target, [":authority"] = "pods", accept = "application/json",
    ["x-envoy-upstream-rq-per-try-timeout-ms"] = tostring(settings.learn_try_ms),
  }
  if context.learn_secret ~= "" then headers["x-gitlab-learn-secret"] = context.learn_secret end
  local started = handle:timestamp()
  local ok, answered, body = pcall(handle.httpCall, handle, ASK, headers, nil, { timeout_ms = settings.learn_ms, send_xff = false })
  handle:stats():histogram("learn_ms", "ms"):recordValue(handle:timestamp() - started)
  if ok and answered then return answered, body or "" end
end

-- Pods that do not answer are left alone for a moment, rather than asked by every request in turn.
function learn.quiet(now)
  return now < quiet_until
end

-- An answer (see answers.lua), or nil and, where learn refuses the request itself, the body of its refusal.
function learn.ask(handle, method, path, context, fresh, now, settings)
  local first = path:match("^/[^/]*")
  local mine_first, mine = depart(handle, first, settings), path ~= first and depart(handle, path, settings)
  handle:stats():counter("learn"):inc()
  local headers, body = call(handle, method, path, context, fresh, settings)
  if mine_first then flights:drop(first) end
  if mine then flights:drop(path) end
  if headers and headers[":status"] == "400" then return nil, body end
  local answer = headers and headers[":status"] == "200" and answers.learned(path, headers, body, context) or nil
  if not answer then
    failed(handle, now, settings)
    return nil
  end
  failures = 0
  if answer.negative then handle:stats():counter("negative"):inc() end
  return answer
end

return learn
