"""Names in URLs, and the keys of routes."""

from __future__ import annotations

import re

from routing.reserved import FORMAT_SUFFIXES, RESERVED_WORDS

_FORMATS = frozenset(suffix.removeprefix(".") for suffix in FORMAT_SUFFIXES)
ENTITY_TYPE = "[a-z]{1,8}"
"""What an application calls a kind of entity in routes, as a regular expression."""

_KEY = re.compile(r"[a-z0-9_.-]{1,255}", re.ASCII)


def without_format(segment: str) -> str:
    """The segment without its format suffixes: `alice.keys` is `alice`, `my-company.wiki.git` is `my-company`.

    No name ends in a format suffix, so no name is cut short.
    """
    if "." not in segment:
        return segment
    base, _, suffix = segment.rpartition(".")
    # `-` is no page that could have another form.
    while base not in {"", "-"} and key_of(suffix) in _FORMATS:
        segment = base
        base, _, suffix = segment.rpartition(".")
    return segment


def key_of(name: str) -> str:
    """What is looked up for a name, equal to PostgreSQL's `lower` of it: only A to Z have a lower case here.

    Python lower-cases some other letters differently, but no name has any.
    """
    return name.lower() if name.isascii() else name


def may_be_taken(key: str) -> bool:
    """Whether any row can have this key; for other keys there is no need to query the database."""
    return _KEY.fullmatch(key) is not None


def is_reserved(segment: str) -> bool:
    """Whether a first segment is a word of this release's URLs, in any case, and so no name."""
    return segment in RESERVED_WORDS or key_of(segment) in RESERVED_WORDS
