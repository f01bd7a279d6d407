"""What a path asks: which key, in which table, decides who serves it; no database is asked here.

The seed: "GitLab Rails will decode `path_info` and match it to an existing
endpoint and find a routable entity". The answer never depends on the method:
routers remember paths, whatever they were asked with.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from routing.declare import Declaration, Rule, nobody
from routing.index import DASH, Endpoint, Node, find, url_tree
from routing.names import key_of, without_format
from routing.paths import RawPath, unescaped

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""RFC 9110 and PATCH; anything else is no method here, and 400."""

OUTRANKED = {Rule.LEGACY: frozenset({Rule.POD, Rule.NOBODY})}
"""The one exception to "every path below an answered prefix has the same owner": below `/admin`, what names a
pod (`/admin/pods/<pod>`) is a longer prefix, which wins."""

MAX_ID = 2**63 - 1


class Lookup(StrEnum):
    """By what the routes schema is asked."""

    NAME = "top-level name"
    ORGANIZATION = "path of an organization"
    ORGANIZATION_ID = "id of an organization"
    ENTITY_ID = "id of an entity"


class Question(NamedTuple):
    """What has to be found out about a path."""

    declaration: Declaration
    endpoint: Endpoint | None
    """None when no pattern matches."""
    lookup: Lookup | None
    """None when the rule needs no row."""
    key: str
    """What is looked up, or drawn by, or the id, or the pod's name; empty when the rule has no key."""
    path: str
    """What may be remembered: as it was sent, a whole-segment prefix of what was asked."""
    prefix: str | None
    """The widest prefix that is certainly as right; None when only `path` itself may be remembered."""


class Plan(NamedTuple):
    """What follows for all paths that match one pattern."""

    key_at: int
    """Which segment holds the key, or begins it; -1 without one."""
    whole: bool
    """Whether the routable is all that stands before `/-/`."""
    keep: int
    """How many segments the widest prefix has; 0 when only the path itself may be remembered."""
    last_kept: str | None
    """The word that this prefix ends in; with a format suffix it is another segment, and no prefix of that."""


def classify(path: RawPath) -> Question:
    """The question that a path asks. Grows with its segments, not with the number of patterns or routes."""
    endpoint = find(url_tree(), path.segments)
    if endpoint is None:
        return Question(nobody(), None, None, "", path.raw, None)
    declaration = endpoint.declaration
    key_at, whole, keep, last_kept = plans()[endpoint.order]
    if keep == 0 or (last_kept is not None and path.segments[keep - 1] != last_kept):
        answered, prefix = path.raw, None
    else:
        prefix = path.prefix(keep)
        answered = path.prefix(path.segments.index(DASH, key_at)) if whole else prefix
    lookup, key = (None, "") if key_at < 0 else _key(declaration.rule, path.segments[key_at])
    return Question(declaration, endpoint, lookup, key, answered, prefix)


def _key(rule: Rule, segment: str) -> tuple[Lookup | None, str]:
    """What to look up for the segment that holds or begins the key."""
    if rule is Rule.POD:
        return None, segment
    value = without_format(segment)
    if rule is Rule.NAMESPACE:
        return Lookup.NAME, key_of(value)
    if rule is Rule.BIRTH:
        return None, value
    if rule in LOOKUP_BY_ID and value.isascii() and value.isdigit():
        return LOOKUP_BY_ID[rule], value
    if rule in {Rule.ORGANIZATION, Rule.ORGANIZATION_ID}:
        return Lookup.ORGANIZATION, key_of(value)
    # A client or a proxy may have escaped the path twice.
    return Lookup.NAME, key_of(_ESCAPED_SLASH.split(unescaped(value), maxsplit=1)[0])


_ESCAPED_SLASH = re.compile("/|%2[Ff]")
LOOKUP_BY_ID = {
    Rule.ENTITY: Lookup.ENTITY_ID,
    Rule.ORGANIZATION_ID: Lookup.ORGANIZATION_ID,
}


@cache
def plans() -> dict[int, Plan]:
    """The plan of each pattern, by its order."""
    root = url_tree()
    return {endpoint.order: plan(root, endpoint) for endpoint in root.below()}


def plan(root: Node, endpoint: Endpoint) -> Plan:
    """What follows for all paths that match this pattern."""
    tokens = endpoint.tokens
    rule, argument = endpoint.declaration.rule, endpoint.declaration.argument
    if rule is Rule.NOBODY:
        return Plan(-1, False, 0, None)
    if argument is None:
        keep = _keep(root, endpoint)
        return Plan(-1, False, keep, tokens[keep - 1] if keep else None)
    key_at = next(at for at, token in enumerate(tokens) if token.endswith(f":{argument}>"))
    whole = tokens[key_at].startswith("<routable:") and tokens[key_at + 1 : key_at + 2] == [DASH]
    return Plan(key_at, whole, 0 if tokens[key_at].startswith("<formatted:") else key_at + 1, None)


def _keep(root: Node, endpoint: Endpoint) -> int:
    """The length of the shortest prefix whose paths all have this pattern's owner; 0 when there is none."""
    rule = endpoint.declaration.rule
    node = root
    for length, token in enumerate(endpoint.tokens, start=1):
        child = node.words.get(token)
        if child is None:
            return 0
        node = child
        if is_one_owner(node, rule):
            return length
    return 0


def is_one_owner(node: Node, rule: Rule) -> bool:
    """Whether every path that begins here is taken, and by patterns of one rule."""
    if not (node.end and node.rest and node.end.declaration.rule == node.rest.declaration.rule == rule):
        return False
    others = {each.declaration.rule for each in node.below()} - {rule}
    return others <= OUTRANKED.get(rule, frozenset())
