"""Let the names in `routes` and the entities in a pod's `main` agree, in both directions."""

from __future__ import annotations

from collections.abc import Iterator

from routing.janitor import BATCH, finish_deletions, settle_claims
from routing.models import Route
from routing.outcomes.lost_names import name_lost
from routing.outcomes.restored import lost_entities, remake
from routing.tombstones import bury_entity


def reconcile_names(pod: str) -> Iterator[str]:
    """Settle or release claims, name again what has no name or another one, and bury names whose entity is gone.

    In this order: what lay in a lost group finds back to its own name before the group's is buried.
    """
    yield from _claims(pod)
    for path, problem in name_lost():
        yield _named(path, problem)
    for route in list(lost_entities(pod)):
        yield from _lost(route)
    while finish_deletions(pod, BATCH)["buried"]:
        pass


def _claims(pod: str) -> Iterator[str]:
    done = settle_claims(pod, BATCH)
    while done["settled"] or done["released"]:
        yield f"claims of names: {done['settled']} settled, {done['released']} released"
        done = settle_claims(pod, BATCH)


def _named(path: str, problem: str) -> str:
    if not problem:
        return f"/{path} has its name again"
    if Route.objects.using("routes").filter(key=path.lower(), kind=Route.Kind.TOMBSTONE).exists():
        return (
            f"/{path} is back, and was deleted after the backup: delete it again; or keep it, release its name in the "
            "Admin Area, and run this command again"
        )
    return f"/{path} stays without a name: {problem}"


def _lost(route: Route) -> Iterator[str]:
    if not Route.objects.using("routes").filter(pk=route.pk, kind=Route.Kind.LIVE).exists():
        # Buried with the group that it lay in.
        yield f"/{route.path} ({route.entity_type} {route.entity_id}) is lost"
    elif remake(route):
        yield f"/{route.path} ({route.entity_type} {route.entity_id}) was lost, and was made again without content"
    else:
        names = bury_entity(route.entity_type or "", route.entity_id or 0, route.path, route.organization_id or 0)
        yield (
            f"/{route.path} ({route.entity_type} {route.entity_id}) is lost; {names} names, with redirects to it, lead "
            "nowhere and are kept from others"
        )
