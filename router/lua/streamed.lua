-- A body that goes to a pod as it comes must not come too slowly. This filter stands behind the other, since only one
-- that has not paused may look at each piece. SETTINGS is written in front of this file.

-- From here on another route's bounds hold. Envoy looks for it when it is asked for something of the route.
local function reroute(handle, state)
  handle:streamInfo():dynamicMetadata():set("pods", "body", state)
  handle:clearRouteCache()
  handle:metadata():get("")
end

function envoy_on_request(handle)
  local headers, rate = handle:headers(), SETTINGS.body_bytes_per_second
  local length = tonumber(headers:get("content-length") or "")
  if length then
    local seconds = math.min(SETTINGS.body_seconds + length / rate, SETTINGS.longest_body_seconds)
    headers:replace("grpc-timeout", ("%dm"):format(1000 * seconds))
  end
  reroute(handle, "streamed")
  local started, bytes = handle:timestamp(), 0
  for piece in handle:bodyChunks() do
    bytes = bytes + piece:length()
    if bytes < ((handle:timestamp() - started) / 1000 - SETTINGS.body_seconds) * rate then
      handle:stats():counter("slow"):inc()
      return reroute(handle, "slow")
    end
  end
  reroute(handle, "arrived")
end
