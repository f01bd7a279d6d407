"""Routable tokens, as in GitLab: a random text that also says whose it is, with a checksum.

    glpat-<payload>.<version>.<length><checksum>
    glpat-BxYlNENSYXB_jp2su8rZ6G86Mgp1OjMQ.01.0w0wrbvmo

The payload is base64url without padding of: random bytes, lines such as `o:1` (organization) and `u:3` (user) with
base36 numbers, and one byte with the number of random bytes. The version has two base36 digits, the length of the
payload two, and the CRC-32 of everything before it seven. GitLab's handbook describes it (cells, routable tokens); its
tokens name a cell as well, which a move makes wrong. Ours name none.

Nothing is decided by what a payload says: a token counts as a whole, by its digest.
"""

from __future__ import annotations

import re
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

VERSION = "01"
RANDOM_BYTES = 16
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LENGTH_DIGITS, CHECKSUM_DIGITS = 2, 7
MOST_ROUTING = 159
LONGEST = 333
"""Of a token with the longest prefix, 20 characters, and the longest payload, 300."""
KEYS = frozenset("cgoptu")
_FORM = re.compile(r"([A-Za-z0-9_-]{27,300})\.01\.([0-9a-z]{2})([0-9a-z]{7})", re.ASCII)
_SHAPE = re.compile(r"\.[0-9a-z]{2}\.[0-9a-z]{9}\Z", re.ASCII)


class PayloadTooLarge(ValueError):
    """What a token should say does not fit into one."""


def make(prefix: str, routing: Mapping[str, int]) -> str:
    """A new token that says this, by letter. Raises `PayloadTooLarge`, and `ValueError` for an unknown letter."""
    if not KEYS.issuperset(routing):
        raise ValueError(f"{sorted(set(routing) - KEYS)} are no letters of a routable token")
    said = "\n".join(f"{key}:{base36(number)}" for key, number in sorted(routing.items())).encode()
    if len(said) > MOST_ROUTING:
        raise PayloadTooLarge(f"a token says at most {MOST_ROUTING} bytes, not {len(said)}")
    whole = secrets.token_bytes(RANDOM_BYTES) + said + bytes([RANDOM_BYTES])
    payload = urlsafe_b64encode(whole).decode().rstrip("=")
    checked = f"{prefix}{payload}.{VERSION}.{base36(len(payload), LENGTH_DIGITS)}"
    return checked + checksum_of(checked)


def has_the_shape(token: str) -> bool:
    """Whether a text ends as routable tokens do, of any version: then it is one or it is wrong."""
    return _SHAPE.search(token) is not None


def is_whole(token: str, prefix: str) -> bool:
    """Whether `make` can have made a text with this prefix: its form, its length and its checksum are right."""
    found = _FORM.fullmatch(token.removeprefix(prefix)) if token.startswith(prefix) else None
    if found is None:
        return False
    payload, length, checksum = found.groups()
    return base36(len(payload), LENGTH_DIGITS) == length and checksum_of(token[:-CHECKSUM_DIGITS]) == checksum


def said_by(token: str, prefix: str) -> dict[str, int]:
    """What a token says, by letter; for people who look at one. Raises `ValueError` for any other text."""
    if not is_whole(token, prefix):
        raise ValueError("this is no routable token, or its checksum is wrong")
    payload = token.removeprefix(prefix).partition(".")[0]
    whole = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    lines = whole[whole[-1] : -1].decode("ascii").splitlines()
    return {key: int(value, 36) for key, _, value in (line.partition(":") for line in lines)}


def checksum_of(text: str) -> str:
    """The seven digits that follow a text."""
    return base36(zlib.crc32(text.encode("ascii")), CHECKSUM_DIGITS)


def base36(number: int, width: int = 1) -> str:
    """A number that is not negative, in base 36, with zeros in front of it up to the width."""
    digits = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits.rjust(width, "0")
