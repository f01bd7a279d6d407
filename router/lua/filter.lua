-- Envoy's entry points. SETTINGS is written in front of this file when the configuration is rendered.
local cache = require("cache")
local request = require("request")
local response = require("response")

local remembered = cache.new(SETTINGS, os.time())

function envoy_on_request(handle)
  request.handle(handle, remembered, SETTINGS)
end

function envoy_on_response(handle)
  response.handle(handle, remembered, SETTINGS)
end
