-- What the router may say about a raw path without knowing any URL: whether learn would refuse it, whether
-- it is spelled canonically, and where its whole-segment prefixes end.
local paths = {}

local byte, char, find, gmatch, gsub, lower, sub = string.byte, string.char, string.find, string.gmatch, string.gsub, string.lower, string.sub

local LONGEST = 4096
local SLASH, QUOTE, HASH, BACKTICK = 47, 34, 35, 96
-- The cluster's own endpoints, which are for routers and operators.
local HIDDEN = { "/api/v4/pods/learn", "/-/metrics" }

local function decode(text)
  return (gsub(text, "%%(%x%x)", function(digits) return char(tonumber(digits, 16)) end))
end

-- The path of a request target: what stands before the query, byte for byte.
function paths.of(target)
  local query = find(target, "?", 1, true)
  return query and sub(target, 1, query - 1) or target
end

-- Why learn refuses this path (docs/learn.md), in its words, or nil.
function paths.refusal(path)
  if #path > LONGEST then return "is longer than 4096 bytes" end
  if byte(path, 1) ~= SLASH or byte(path, 2) == SLASH then return "must start with exactly one /" end
  local escaped = find(path, "%", 1, true)
  if not escaped and not find(path, "/.", 1, true) and not find(path, "\0", 1, true) then return nil end
  if find(path, "\0", 1, true) or find(path, "%00", 1, true) then return "must not contain NUL" end
  for segment in gmatch(path, "[^/]+") do
    if escaped then segment = decode(segment) end
    if segment == "." or segment == ".." then return "must not contain a segment that is . or .., plain or escaped" end
  end
end

-- From byte `from` on, whether `text` has other than visible ASCII, or one of <, > and the two given. A loop, since the
-- just-in-time compiler takes it for a tenth of the time of a pattern.
local function has_odd(text, from, one, other)
  for at = from, #text do
    local code = byte(text, at)
    if code < 33 or code > 126 or code == 60 or code == 62 or code == one or code == other then return true end
  end
  return false
end

-- Why no request can carry this target, or nil. RFC 3986 wants these bytes escaped, and the server of a pod refuses
-- them without a word; others Envoy refuses over HTTP/1.1, not over HTTP/2.
function paths.untransportable(path, target)
  if has_odd(path, 1, BACKTICK, HASH) then return "must be visible ASCII without < > ` #: escape other bytes" end
  if #target > #path and has_odd(target, #path + 1, QUOTE, HASH) then
    return 'is followed by a query that must be visible ASCII without < > " #: escape other bytes'
  end
end

-- Whether the path could reach an endpoint of the cluster's own in some spelling that a server decodes,
-- merges or folds.
function paths.hidden(path)
  local plain = path
  if find(path, "%", 1, true) then plain = decode(decode(path)) end
  if find(plain, "//", 1, true) then plain = gsub(plain, "//+", "/") end
  local first = byte(plain, 2)
  -- Nothing else starts with a letter a (in any case) or a hyphen.
  if first ~= 45 and first ~= 97 and first ~= 65 then return false end
  plain = lower(plain)
  for _, endpoint in ipairs(HIDDEN) do
    if sub(plain, 1, #endpoint) == endpoint then return true end
  end
  return false
end

-- Whether this is the only spelling of its path that a careful client would use. %2F inside a segment is
-- one: an API names a project in this way.
function paths.canonical(path)
  if find(path, "%", 1, true) then path = gsub(path, "%%2F", "") end
  return not find(path, "[%%%u]") and not find(path, "//", 1, true)
end

-- Whether `prefix` is `path` or ends at one of its slashes. "/" is nobody's prefix.
function paths.covers(prefix, path)
  local length = #prefix
  if length < 2 or byte(prefix, 1) ~= SLASH or byte(prefix, length) == SLASH then return false end
  if sub(path, 1, length) ~= prefix then return false end
  return #path == length or byte(path, length + 1) == SLASH
end

-- Fills `ends` with the last byte of each whole-segment prefix, shortest first, and returns their number,
-- at most `deepest`.
function paths.cut(path, ends, deepest)
  local count, from = 0, 2
  while count < deepest do
    local slash = find(path, "/", from, true)
    count = count + 1
    ends[count] = slash and slash - 1 or #path
    if not slash then break end
    from = slash + 1
  end
  return count
end

return paths
