-- Bodies: what fits the buffer is whole before a pod sees the request, whatever the method; what does not has to keep
-- up a rate (streamed.lua). Pods have few threads, and none of them waits for a client.
local bodies = {}

local WHOLE = "whole"

-- Whether the buffer cannot hold the body, or cannot promise to: it goes to a pod as it comes, and only once.
function bodies.is_streamed(headers, settings)
  local length = headers:get("content-length")
  if length then return (tonumber(length) or math.huge) > settings.buffer_bytes end
  local taken = headers:get("x-gitlab-router-body")
  return taken == "part" or (taken == nil and headers:get("x-gitlab-router-chunked") ~= nil)
end

-- Waits for the body; returns fresh headers. Envoy wants to be asked before any other pause, and comes back at once
-- for a request without a body. Pods need the length: WSGI knows no other end of a body.
function bodies.take_in(handle, headers)
  local body = handle:body()
  if not body then return headers end
  headers = handle:headers()
  headers:replace("x-gitlab-router-body", WHOLE)
  if not headers:get("content-length") then headers:replace("content-length", ("%d"):format(body:length())) end
  return headers
end

return bodies
