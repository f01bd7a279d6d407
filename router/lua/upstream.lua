-- Between router and pod: a misrouted request goes on to the pod that the answer names, and one that a pod did not
-- begin because its organization is being moved is sent again in a moment. Envoy sends a request again when the
-- response still carries x-gitlab-pod-redirect or x-gitlab-pod-fenced after this filter. SETTINGS is written in front
-- of this file.
local function number(text)
  return tonumber(text or "") or 0
end

-- Never on older knowledge, and back to a pod that was asked already only on newer: two pods that see things
-- differently must not play ping-pong. A redirect without an epoch claims nothing about age.
-- But where the caller decides, a pod that was not the first asks the primary before it sends a request on.
local most_hops = 3
local function leads_on(pod, epoch, asked, of_caller)
  if number(asked:get("x-gitlab-router-hops")) >= most_hops then return false end
  local known, target = number(asked:get("x-gitlab-pod-epoch")), asked:get("x-gitlab-pod-target")
  if pod == "" or pod == target or (epoch and epoch < known) then return false end
  if of_caller then return true end
  local tried = " " .. (asked:get("x-gitlab-router-tried") or "") .. " "
  return (epoch or 0) > known or not tried:find(" " .. pod .. " ", 1, true)
end

-- A fence lasts for some milliseconds, so the first wait is short. Without an answer from the pause the request is
-- sent again at once: the number of times is bounded anyway.
local function wait(handle, asked)
  local waited = number(asked:get("x-gitlab-router-waited")) + 1
  local ms = SETTINGS.fenced_ms[waited]
  if not ms or asked:get("x-gitlab-router-body") == "streamed" then return false end
  asked:replace("x-gitlab-router-waited", ("%d"):format(waited))
  local call = { [":method"] = "GET", [":path"] = "/", [":authority"] = "pause", ["x-envoy-fault-delay-request"] = tostring(ms) }
  pcall(handle.httpCall, handle, "fence-pause", call, nil, ms + 1000)
  return true
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local redirect = headers:get("x-gitlab-pod-redirect")
  if headers:get("x-gitlab-pod-fenced") then
    if headers:get(":status") ~= "503" or not wait(handle, handle:requestHeaders()) then
      handle:headers():remove("x-gitlab-pod-fenced")
    end
    return
  end
  if not redirect then return end
  local asked = handle:requestHeaders()
  local pod = redirect:match('"pod"%s*:%s*"([^"\\]*)"') or ""
  local epoch = tonumber(redirect:match('"epoch"%s*:%s*(%d+)') or "")
  local misrouted = headers:get(":status") == "421"
  -- For the filter near the client, should this be the last answer: no more attempts, or a body that is gone.
  if misrouted then headers:replace("x-gitlab-pod-conceal", "undelivered") end
  if not misrouted or not leads_on(pod, epoch, asked, redirect:find('"by"%s*:%s*"credential"')) then
    headers:remove("x-gitlab-pod-redirect")
    return
  end
  local target = asked:get("x-gitlab-pod-target")
  asked:replace("x-gitlab-router-tried", (asked:get("x-gitlab-router-tried") or "") .. " " .. target)
  asked:replace("x-gitlab-router-hops", ("%d"):format(number(asked:get("x-gitlab-router-hops")) + 1))
  asked:replace("x-gitlab-router-cache", "misrouted")
  asked:replace("x-gitlab-pod-target", pod)
  asked:replace("x-gitlab-pod-moved", redirect)
  if epoch then asked:replace("x-gitlab-pod-epoch", ("%d"):format(epoch)) end
end
