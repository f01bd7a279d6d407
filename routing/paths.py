"""Paths as clients send them: split into segments, each decoded exactly once.

The rules by which a path is refused, here and by every router, in this order:

1. There is none, or it is longer than 4,096 bytes.
2. It does not start with exactly one `/` (`/` alone is fine, `//` and `a` are not).
3. It has a NUL, plain or escaped (`%00`).
4. A segment is `.` or `..`: as it stands, or after its escapes are decoded once (`%2e%2E`, `.%2e`).
   Segments are what stands between plain `/`; an escaped one (`%2F`) does not end a segment,
   so `..%2fx` and `v1...v2` are fine.
5. It is not UTF-8 as it stands. (A router need not check this one: it relays learn's 400.)

Nothing else is refused: doubled and trailing slashes, broken escapes (`%zz`, which stand for
themselves), escaped bytes that are no UTF-8, any other character.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

MAX_PATH_BYTES = 4096

_DOT_SEGMENT = re.compile(r"/(?:\.|%2[eE]){1,2}(?=/|\Z)")
_NUL = re.compile(r"\x00|%00")


class PathInvalid(ValueError):
    """A path that no pod and no router serves; the message says which rule it breaks."""


class RawPath(NamedTuple):
    """A path that keeps to the rules."""

    raw: str
    """As the client sent it, without the query."""
    raw_segments: list[str]
    """What stands between its slashes, as sent; one empty segment for `/` and for each doubled or trailing slash."""
    segments: list[str]
    """The same, decoded once; `/` and `%` in a segment stay escaped, as do bytes that are no UTF-8."""

    @property
    def canonical(self) -> str:
        """The path that Django's resolver sees: two spellings of one path are equal, and two paths never are."""
        return "/" + "/".join(self.segments)

    def prefix(self, segments: int) -> str:
        """The first so many segments, byte for byte as sent."""
        return "/" + "/".join(self.raw_segments[:segments])


def parse(raw: str) -> RawPath:
    """The segments of a path; raises `PathInvalid`."""
    if not raw:
        raise PathInvalid("is missing: give the path that you ask about, for example /gitlab-org/gitlab")
    if len(raw) > MAX_PATH_BYTES or (not raw.isascii() and len(_bytes(raw)) > MAX_PATH_BYTES):
        raise PathInvalid(f"is longer than {MAX_PATH_BYTES} bytes")
    if raw[0] != "/" or raw[:2] == "//":
        raise PathInvalid("must start with exactly one /")
    raw_segments = raw[1:].split("/")
    if "%" not in raw and "." not in raw and "\x00" not in raw:
        return RawPath(raw, raw_segments, raw_segments)
    if _NUL.search(raw):
        raise PathInvalid("must not contain NUL")
    if _DOT_SEGMENT.search(raw):
        raise PathInvalid("must not contain a segment that is . or .., plain or escaped")
    if "%" not in raw:
        return RawPath(raw, raw_segments, raw_segments)
    return RawPath(raw, raw_segments, [_decoded(segment) if "%" in segment else segment for segment in raw_segments])


def parse_bytes(raw: bytes) -> RawPath:
    """As `parse`, for a path as it came over the wire."""
    try:
        return parse(raw.decode())
    except UnicodeDecodeError:
        raise PathInvalid("is not UTF-8") from None


def raw_of_path_info(path_info: bytes) -> str:
    """A raw path that decodes to a WSGI server's PATH_INFO, for requests that come without their raw path.

    An escaped slash was lost on the way and counts as a plain one.
    """
    text = path_info.replace(b"%", b"%25")
    return text.decode() if text.isascii() else "".join(chr(b) if b < 0x80 else f"%{b:02X}" for b in text)


def unescaped(segment: str) -> str:
    """A segment of `RawPath.segments` with its own slashes and percent signs."""
    return segment.replace("%2F", "/").replace("%25", "%") if "%" in segment else segment


def _decoded(segment: str) -> str:
    plain = unquote_to_bytes(segment).replace(b"%", b"%25").replace(b"/", b"%2F")
    return plain.decode() if plain.isascii() else plain.decode(errors="surrogateescape").translate(_ESCAPED_BYTES)


def _bytes(raw: str) -> bytes:
    return raw.encode(errors="surrogatepass")


# What `surrogateescape` makes of a byte that is no UTF-8, and the escape that it came from.
_ESCAPED_BYTES = {0xDC00 + byte: f"%{byte:02X}" for byte in range(0x80, 0x100)}
