-- Paths without a key belong to the caller's organization; learn names the pod of visitors. Where a credential's
-- requests went instead is remembered by a keyed hash of it. Nothing here reads what a credential says, and none is kept.
local callers = {}

local bor, bxor, lshift, rol, tobit, tohex = bit.bor, bit.bxor, bit.lshift, bit.rol, bit.tobit, bit.tohex
local byte, gmatch = string.byte, string.gmatch

local function round(v0, v1, v2, v3)
  v0, v2 = tobit(v0 + v1), tobit(v2 + v3)
  v1, v3 = bxor(rol(v1, 5), v0), bxor(rol(v3, 8), v2)
  v0, v2 = tobit(rol(v0, 16) + v3), tobit(v2 + v1)
  return v0, bxor(rol(v1, 13), v2), rol(v2, 16), bxor(rol(v3, 7), v0)
end

local function three(v0, v1, v2, v3)
  return round(round(round(v0, v1, v2, v3)))
end

-- HalfSipHash-1-3 with 64 bits (Aumasson and Bernstein), as hexadecimal digits.
function callers.hash(text, key0, key1)
  local length = #text
  local whole = length - length % 4
  local v0, v1, v2, v3 = key0, bxor(key1, 0xee), bxor(key0, 0x6c796765), bxor(key1, 0x74656462)
  for at = 1, whole, 4 do
    local a, b, c, d = byte(text, at, at + 3)
    local word = bor(a, lshift(b, 8), lshift(c, 16), lshift(d, 24))
    -- As in `round`, which would be most of the cost.
    v3 = bxor(v3, word)
    v0, v2 = tobit(v0 + v1), tobit(v2 + v3)
    v1, v3 = bxor(rol(v1, 5), v0), bxor(rol(v3, 8), v2)
    v0, v2 = tobit(rol(v0, 16) + v3), tobit(v2 + v1)
    v0, v1, v2, v3 = bxor(v0, word), bxor(rol(v1, 13), v2), rol(v2, 16), bxor(rol(v3, 7), v0)
  end
  local a, b, c = byte(text, whole + 1, length)
  local word = bor(a or 0, lshift(b or 0, 8), lshift(c or 0, 16), lshift(length, 24))
  v0, v1, v2, v3 = round(v0, v1, v2, bxor(v3, word))
  v0, v1, v2, v3 = three(bxor(v0, word), v1, bxor(v2, 0xee), v3)
  local first = bxor(v1, v3)
  v0, v1, v2, v3 = three(v0, bxor(v1, 0xdd), v2, v3)
  return tohex(first) .. tohex(bxor(v1, v3))
end

-- That by which pods know the caller (users/authentication.py): a token, or else a session, whatever else is sent. Nil
-- without one, and for one that is longer than it is worth.
local function credential(headers, context)
  local all = headers:get("private-token")
  if not all then
    local authorization, cookies = headers:get("authorization"), headers:get("cookie")
    local session = ""
    if cookies then
      for value in gmatch(cookies, context.session) do session = session .. value .. ";" end
    end
    if not authorization and session == "" then return nil end
    -- No header has this byte.
    all = (authorization or "") .. "\0" .. session
  end
  return #all <= context.longest_credential and all or nil
end

local function hash_of(headers, context)
  local all = credential(headers, context)
  return all and callers.hash(all, context.key0, context.key1)
end

-- The pod for this caller's request to a path that learn named `default` for.
function callers.pod(headers, cache, path, default, context, now)
  local hash = hash_of(headers, context)
  return hash and cache:find_caller(hash, path, context.known, now) or default
end

-- A pod sent the request on, as `answer` says (see answers.lua); nil when the answer names no pod of the topology.
function callers.correct(headers, cache, path, answer, context, now)
  local hash = hash_of(headers, context)
  if not hash then return end
  cache:forget_caller(hash, path, context.known, now)
  if answer and answer.path then cache:remember_caller(hash, answer, now) end
end

return callers
