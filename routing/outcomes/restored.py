"""What an application does after a database of its pod was replaced by an older one (docs/backups.md).

The engine knows names in `routes`, and the application knows its entities in
`main`. So the application says here which entities there are, how one is made
again that nothing is lost of but its row, and what else it puts right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from routing.models import Route

BATCH = 1000

Existing = Callable[[Collection[int]], set[int]]
"""Called with ids of entities; returns those that this pod's `main` has."""

Remake = Callable[[Route], int | None]
"""Called with the live name of a lost entity; makes the entity again and returns its id, or returns None."""

After = Callable[[], Iterator[str]]
"""Puts right what refers to lost entities, and yields a line for each thing that it changed."""


@dataclass(frozen=True)
class _Kind:
    existing: Existing
    remake: Remake


_kinds: dict[str, _Kind] = {}
_after: list[After] = []


def _cannot(route: Route) -> int | None:
    return None


def entities_with(entity_types: Iterable[str], existing: Existing, *, remake: Remake = _cannot) -> None:
    """Say how to find out which entities of these types there are, and how to make one again."""
    for each in entity_types:
        _kinds[each] = _Kind(existing, remake)


def restored_with(function: After) -> None:
    """Have this function called when a pod's database was restored."""
    if function not in _after:
        _after.append(function)


def lost_entities(pod: str) -> Iterator[Route]:
    """Yield each live name of the pod's organizations whose entity its `main` does not have, from above to below."""
    names = Route.objects.using("routes").filter(kind=Route.Kind.LIVE, organization__pod_id=pod)
    for entity_type, kind in _kinds.items():
        last = ""
        while batch := list(names.filter(entity_type=entity_type, key__gt=last).order_by("key")[:BATCH]):
            last = batch[-1].key
            found = kind.existing([_id(route) for route in batch])
            yield from (route for route in batch if route.entity_id not in found)


def remake(route: Route) -> bool:
    """Make the entity of a name again, and let the name lead to it; False when it stays lost."""
    made = _kinds[route.entity_type or ""].remake(route)
    if made is not None:
        Route.objects.using("routes").filter(pk=route.pk, kind=Route.Kind.LIVE).update(entity_id=made)
    return made is not None


def after_restore() -> Iterator[str]:
    """Let the application put right what it knows; yield what it changed."""
    for function in _after:
        yield from function()


def _id(route: Route) -> int:
    assert route.entity_id is not None  # noqa: S101  a live route has one
    return route.entity_id
