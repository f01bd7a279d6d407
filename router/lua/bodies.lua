-- Bodies: what fits the buffer is whole before a pod sees the request, whatever the method; what does not has to keep
-- up a rate (streamed.lua). Pods have few threads, and none of them waits for a client.
local bodies = {}

local WHOLE = "whole"

-- Whether the buffer cannot hold the body, or cannot promise to: it goes to a pod as it comes, and only once. `told` is
-- one header for all of it, since each that Lua reads costs: the body's length, else its transfer coding, and once Envoy
-- has taken in what has no length, whether that is whole. Nothing where nothing was said of a body.
function bodies.is_streamed(told, settings)
  if told == nil or told == WHOLE then return false end
  return (tonumber(told) or math.huge) > settings.buffer_bytes
end

-- Waits for the body; returns fresh headers. Envoy wants to be asked before any other pause, and comes back at once
-- for a request without a body. Pods need the length: WSGI knows no other end of a body.
function bodies.take_in(handle, headers, told)
  local body = handle:body()
  if not body then
    if told and told ~= WHOLE then headers:remove("x-gitlab-router-body") end
    return headers
  end
  headers = handle:headers()
  headers:replace("x-gitlab-router-body", WHOLE)
  if not headers:get("content-length") then headers:replace("content-length", ("%d"):format(body:length())) end
  return headers
end

return bodies
