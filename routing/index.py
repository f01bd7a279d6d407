"""The URL configuration as a tree of segments, built once.

Django's resolver tries one pattern after the other, which learn should not
pay for. The tree finds the same pattern in time that grows with the path's
segments only; a property test proves that it equals the resolver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from routing.converters import CONVERTERS
from routing.declare import Declaration, DeclaredPattern, DeclaredResolver
from routing.names import without_format

DASH = "-"


class PatternUnreadable(ValueError):
    """A pattern that the tree cannot hold; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One pattern of the URL configuration."""

    order: int
    """Django takes the first pattern that matches."""
    route: str
    name: str
    declaration: Declaration
    view: str

    @property
    def tokens(self) -> list[str]:
        """The segments of the pattern: words, and `<converter:argument>`."""
        return self.route.split("/") if self.route else []


@dataclass(slots=True)
class Node:
    """A place in the tree: what has been read of a path so far."""

    words: dict[str, Node] = field(default_factory=dict)
    segments: dict[str, tuple[Callable[[str], object], Node]] = field(default_factory=dict)
    """By converter: what stands in one segment, and where it leads."""
    routable: Node | None = None
    """Reached by all segments up to a `-` or the end."""
    end: Endpoint | None = None
    """The pattern that ends here."""
    rest: Endpoint | None = None
    """The pattern that takes whatever follows."""

    def below(self) -> Iterator[Endpoint]:
        """The patterns that end here or further down."""
        yield from (each for each in (self.end, self.rest) if each)
        for child in self.children():
            yield from child.below()

    def children(self) -> Iterator[Node]:
        """The places one token further."""
        yield from self.words.values()
        yield from (node for _, node in self.segments.values())
        if self.routable:
            yield self.routable


def endpoints(resolver: URLResolver | None = None) -> Iterator[URLPattern | DeclaredResolver | Endpoint]:
    """Every pattern in Django's order; those that declare nothing come as Django's own objects."""
    found = _walk("", resolver or get_resolver(settings.ROOT_URLCONF))
    for order, (path, pattern) in enumerate(found):
        if isinstance(pattern, DeclaredPattern):
            view = f"{pattern.callback.__module__}.{getattr(pattern.callback, '__name__', '')}"
            yield Endpoint(order, path, pattern.name or "", pattern.declaration, view)
        elif isinstance(pattern, DeclaredResolver):
            yield Endpoint(order, f"{path}<rest:rest>", "", pattern.declaration, str(pattern.urlconf_name))
        else:
            yield pattern


def _walk(before: str, resolver: URLResolver) -> Iterator[tuple[str, URLPattern | DeclaredResolver]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, DeclaredResolver | URLPattern):
            yield path, pattern
        else:
            yield from _walk(path, pattern)


def plant(found: Iterable[Endpoint]) -> Node:
    """The tree of these patterns; raises `PatternUnreadable`."""
    root = Node()
    for endpoint in found:
        node, *_ = _steps(root, endpoint)[-1:]
        if endpoint.tokens and _converter(endpoint.tokens[-1], endpoint) == "rest":
            node.rest = node.rest or endpoint
        else:
            node.end = node.end or endpoint
    return root


def _steps(root: Node, endpoint: Endpoint) -> list[Node]:
    """The places that a pattern passes, made where they are new."""
    steps = [root]
    tokens = endpoint.tokens
    for at, token in enumerate(tokens):
        converter = _converter(token, endpoint)
        node = steps[-1]
        last = at == len(tokens) - 1
        if converter is None:
            node = node.words.setdefault(token, Node())
        elif converter == "rest":
            if not last:
                raise PatternUnreadable(f"{endpoint.route}: nothing can follow <rest:…>")
            return steps
        elif converter == "routable":
            if not last and tokens[at + 1] != DASH:
                raise PatternUnreadable(f"{endpoint.route}: only /-/ can follow <routable:…>")
            node.routable = node = node.routable or Node()
        else:
            accepts = CONVERTERS[converter]().to_python
            _, node = node.segments.setdefault(converter, (accepts, Node()))
        steps.append(node)
    return steps


def _converter(token: str, endpoint: Endpoint) -> str | None:
    if not {"<", ">"} & set(token):
        return None
    converter, colon, _ = token.removeprefix("<").partition(":")
    if not (token[0] == "<" and token[-1] == ">" and token.count("<") == 1 and colon and converter in CONVERTERS):
        raise PatternUnreadable(
            f"{endpoint.route}: write {token} as a word or as one of " + ", ".join(f"<{name}:…>" for name in CONVERTERS)
        )
    return converter


def find(root: Node, segments: list[str]) -> Endpoint | None:
    """The pattern that Django's resolver would take for a path; none when no pattern matches."""
    end = len(segments) - (not segments[-1])
    try:
        dash = segments.index(DASH)
    except ValueError:
        dash = end
    return _first(root, segments, 0, end, dash)


def _first(node: Node, segments: list[str], at: int, end: int, dash: int) -> Endpoint | None:
    """The earliest pattern at or below a place that takes the segments from `at` on."""
    if at == end:
        return node.end
    best = node.rest
    for child, then in _ways(node, segments, at, end, dash):
        found = _first(child, segments, then, end, dash)
        if found and (best is None or found.order < best.order):
            best = found
    return best


def _ways(node: Node, segments: list[str], at: int, end: int, dash: int) -> list[tuple[Node, int]]:
    """The places that the segment at `at` leads to, each with the next segment to read there."""
    segment = segments[at]
    child = node.words.get(segment)
    if child is None and at == end - 1 and "." in segment:
        child = node.words.get(without_format(segment))
    ways = [(child, at + 1)] if child else []
    if segment:
        ways += [(there, at + 1) for accepts, there in node.segments.values() if _accepted(accepts, segment)]
        if node.routable and at < dash and _accepted(ROUTABLE, segment) and "" not in segments[at:dash]:
            ways.append((node.routable, dash))
    return ways


def _accepted(accepts: Callable[[str], object], segment: str) -> bool:
    try:
        accepts(segment)
    except ValueError:
        return False
    return True


ROUTABLE = CONVERTERS["routable"]().to_python


@cache
def url_tree() -> Node:
    """The tree of the root URL configuration; raises `PatternUnreadable`."""
    return plant(each for each in endpoints() if isinstance(each, Endpoint))
