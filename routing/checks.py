"""Invariant 4: every URL pattern declares how it is routed, and learn's answers follow from that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.urls import URLResolver

from routing.classify import OUTRANKED, plan
from routing.declare import Rule
from routing.index import Endpoint, Node, PatternUnreadable, endpoints, plant
from routing.names import is_reserved
from schemas.tenancy import is_tenant_model

LEADING_CONVERTERS = ("<name:", "<formatted:", "<routable:")


@register()
def every_pattern_is_declared(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each pattern without a declaration, and for each whose answers could not be right."""
    return list(errors())


def errors(resolver: URLResolver | None = None) -> Iterator[Error]:
    """Yield the errors of the root URL configuration, or of the given one."""
    found = list(endpoints(resolver))
    declared = [each for each in found if isinstance(each, Endpoint)]
    for each in found:
        if not isinstance(each, Endpoint):
            yield Error(
                f"URL pattern {str(each.pattern)!r} does not declare how it is routed",
                hint="Create it with route, prefix, exact or declared from routing.declare.",
                obj=each,
                id="routing.E001",
            )
    readable = []
    for each in declared:
        yield from _model_errors(each)
        problem = _unreadable(each)
        if problem:
            yield Error(problem, obj=each.route, id="routing.E002")
        else:
            readable.append(each)
    root = plant(readable)
    for each in readable:
        yield from _first_segment_errors(each)
        yield from _owner_errors(root, each)


def _model_errors(endpoint: Endpoint) -> Iterator[Error]:
    model = endpoint.declaration.model
    if model is None:
        return
    try:
        known = is_tenant_model(apps.get_model(model))
    except (LookupError, ValueError):
        known = False
    if not known:
        yield Error(
            f"{model!r} is not a model whose rows belong to an organization",
            hint="Name it as app.Model, and derive it from OrganizationOwned.",
            obj=endpoint.route,
            id="routing.E008",
        )


def _unreadable(endpoint: Endpoint) -> str | None:
    """Return why the index cannot hold this pattern, or why its key cannot be found."""
    argument = endpoint.declaration.argument
    if argument is not None and not any(token.endswith(f":{argument}>") for token in endpoint.tokens):
        return f"the pattern has no argument {argument!r}, which its declaration names"
    try:
        plant([endpoint])
    except PatternUnreadable as error:
        return str(error)
    return None


def _first_segment_errors(endpoint: Endpoint) -> Iterator[Error]:
    first = endpoint.tokens[0] if endpoint.tokens else ""
    if first.startswith("<"):
        if not first.startswith(LEADING_CONVERTERS):
            yield Error(
                f"the pattern begins with {first}, which also takes reserved words",
                hint="Begin with a word, <name:…>, <formatted:…> or <routable:…>.",
                obj=endpoint.route,
                id="routing.E003",
            )
    elif first and not is_reserved(first):
        yield Error(
            f"{first!r} is not a reserved word, so it may already be someone's name",
            hint="Add it to routing/reserved.py, and release that before any pod serves it.",
            obj=endpoint.route,
            id="routing.E004",
        )


def _owner_errors(root: Node, endpoint: Endpoint) -> Iterator[Error]:
    """Whether everything below the prefix that learn answers for this pattern has the same owner."""
    drawn = plan(root, endpoint)
    if drawn.key_at < 0 or not drawn.keep:
        return
    node = root
    for token in endpoint.tokens[: drawn.key_at]:
        node = node.words[token] if token in node.words else _after(node, token)
    for word, sibling in node.words.items():
        if drawn.key_at > 0 and not _is_sealed(sibling, endpoint):
            yield Error(
                f"paths below {word!r}, next to the key, would be read as a key",
                hint="Declare the word with exact or prefix, before this pattern.",
                obj=endpoint.route,
                id="routing.E005",
            )
    if not any(child.rest and child.rest.declaration.has_owner_of(endpoint.declaration) for child in _keyed(node)):
        yield Error(
            "not every path below the key is declared, so a remembered prefix could lead to the wrong pod",
            hint="Add the pattern's prefix(…).",
            obj=endpoint.route,
            id="routing.E007",
        )
    yield from _below_key_errors(_after(node, endpoint.tokens[drawn.key_at]), endpoint, drawn.key_at)


def _keyed(node: Node) -> list[Node]:
    """The places one key further."""
    return [child for child in node.children() if child not in node.words.values()]


def _after(node: Node, token: str) -> Node:
    converter = token.removeprefix("<").partition(":")[0]
    if converter == "routable":
        assert node.routable is not None  # noqa: S101  planted above
        return node.routable
    return node.segments[converter][1]


def _is_sealed(sibling: Node, keyed: Endpoint) -> bool:
    """Whether every path below a word is taken before the key could be."""
    return sibling.rest is not None and sibling.rest.order < keyed.order


def _below_key_errors(node: Node, endpoint: Endpoint, key_at: int) -> Iterator[Error]:
    outranked = OUTRANKED.get(endpoint.declaration.rule, frozenset[Rule]())
    for other in node.below():
        has_key = other.tokens[key_at].endswith(f":{other.declaration.argument}>")
        same = has_key and other.declaration.has_owner_of(endpoint.declaration)
        if not same and other.declaration.rule not in outranked:
            yield Error(
                f"it is below the key of {endpoint.route!r}, but declared {other.declaration}",
                hint="Everything below a key has one owner: use the same declaration with the same argument.",
                obj=other.route,
                id="routing.E006",
            )
