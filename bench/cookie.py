"""What it costs a router to read and check the cookie of the second level, in the Lua that Envoy runs."""

from __future__ import annotations

import time
from statistics import median

from lupa import luajit21

CHECKS = 200_000
ROUNDS = 5
# Each prefix with the number of its pod; no signature: a forged one costs its sender a hop and nobody else.
COOKIE = "/gitlab-org/=0&/my-company/=2&/john.doe/=1&/security-products/=3"
LUA = """
local pods = {["0"] = "pod_us0", ["1"] = "pod_us1", ["2"] = "pod_eu0", ["3"] = "pod_eu1"}
local function check(cookie, path)
  if #cookie > 256 then return nil end
  for prefix, number in cookie:gmatch("(/[%w_.-]+/)=(%d+)") do
    if pods[number] and path:sub(1, #prefix) == prefix then return pods[number] end
  end
end
return function(header, path, count)
  local found = 0
  for _ = 1, count do
    local cookie = header:match("pods_prefixes=([^; ]+)")
    if cookie and check(cookie, path) then found = found + 1 end
  end
  return found
end
"""


def cookie_bytes() -> int:
    """Bytes that the cookie adds to each request of a person."""
    return len(f"; pods_prefixes={COOKIE}")


def check_microseconds() -> float:
    """Time to find the cookie among others, parse and check it, with the answer in its last prefix."""
    check = luajit21.LuaRuntime().execute(LUA)
    header = f"demo_session={'x' * 32}; demo_csrf={'y' * 32}; pods_prefixes={COOKIE}"
    path = "/security-products/scanner/-/issues"
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        found = check(header, path, CHECKS)
        rounds.append((time.process_time() - started) / CHECKS * 1e6)
        if found != CHECKS:
            raise AssertionError("the cookie's check finds nothing")
    return median(rounds)
