"""Names that `routes` has lost and this pod's `main` still has.

A replica that is promoted to the primary of `routes` lacks what the old one had
not sent yet (docs/promotion.md): what was made, renamed or transferred last. Its
rows are here, and nobody reaches them until they are named again, in the way of
a rename: the name is claimed, confirmed here, and settled (invariant 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from django.db.models.functions import Length

from monolith.namespaces.creation import name_again
from monolith.namespaces.models import Namespace, Project
from organizations.tenancy.models import OrganizationState
from routing.claims import ClaimError
from routing.models import Route
from users.models import User

BATCH = 1000

Entity = Namespace | Project


def name_lost() -> Iterator[tuple[str, str]]:
    """Name again what has lost its name, what lies above first; each path with what kept it from that, or nothing.

    A user's namespace whose owner is lost too is left alone: the owner signs up again.
    """
    for entity in chain(_unnamed(Namespace), _unnamed(Project)):
        # The one above may have taken it along.
        if _live_keys([entity]).get(_of(entity)) == entity.full_path.lower() or _has_lost_its_owner(entity):
            continue
        try:
            name_again(entity)
        except ClaimError as error:
            yield entity.full_path, str(error)
        else:
            yield entity.full_path, ""


def _unnamed(model: type[Entity]) -> Iterator[Entity]:
    """Those that are served here and have no live path, or another one, in batches."""
    served = model._default_manager.using("main").filter(organization__state=OrganizationState.State.ACTIVE)
    ids = list(served.order_by(Length("full_path"), "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        batch: list[Entity] = list(served.filter(pk__in=ids[start : start + BATCH]).order_by(Length("full_path"), "pk"))
        live = _live_keys(batch)
        yield from (entity for entity in batch if live.get(_of(entity)) != entity.full_path.lower())


def _live_keys(entities: list[Entity]) -> dict[tuple[str | None, int | None], str]:
    kinds = {_of(entity)[0] for entity in entities}
    live = Route.objects.using("routes").filter(kind=Route.Kind.LIVE, entity_type__in=kinds)
    found = live.filter(entity_id__in=[entity.pk for entity in entities])
    return {(route.entity_type, route.entity_id): route.key for route in found}


def _of(entity: Entity) -> tuple[str, int]:
    """As a live path names it."""
    return (entity.entity_type, entity.pk)


def _has_lost_its_owner(entity: Entity) -> bool:
    owner = entity.owner_id if isinstance(entity, Namespace) else None
    return owner is not None and not User.objects.using("users").filter(pk=owner).exists()
