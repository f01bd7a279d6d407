"""Finish what a deletion left to do elsewhere: its names become tombstones, other schemas forget it.

The entity is in `main`, its name in `routes`, and no transaction spans both. So
the transaction that deletes the entity leaves a `Burial`; then the name becomes
a tombstone, and the burial goes. The order matters: a tombstone with a living
entity would hide a user's work, while a live name without an entity is one
more page that is not there, and cannot be taken by anybody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import Error

from organizations.tenancy.forgetting import forget
from organizations.tenancy.models import OrganizationState
from routing.outcomes.models import Burial
from routing.tombstones import bury_entity

logger = logging.getLogger(__name__)

_finished_otherwise: dict[str, Callable[[Burial], None]] = {}


def finish_with(entity_type: str, function: Callable[[Burial], None]) -> None:
    """Have burials of this type finished by `function`, which also deletes them."""
    _finished_otherwise[entity_type] = function


def finish(burial: Burial) -> int:
    """Make the names of a deleted entity tombstones, have it forgotten, and return how many names there were.

    May be repeated.
    """
    otherwise = _finished_otherwise.get(burial.entity_type)
    if otherwise:
        otherwise(burial)
        return 0
    buried = bury_entity(burial.entity_type, burial.entity_id, burial.path, burial.organization_id)
    if burial.deleted_ids:
        forget(burial.organization_id, burial.deleted_ids)
    Burial.objects.using("main").filter(pk=burial.pk).delete()
    return buried


def finish_left_over(limit: int) -> int:
    """Finish at most `limit` deletions of organizations that this pod serves, and return how many were finished."""
    served = OrganizationState.objects.using("main").filter(state=OrganizationState.State.ACTIVE)
    left = Burial.objects.using("main").filter(organization__in=served).order_by("pk")[:limit]
    finished = 0
    for burial in left:
        try:
            finish(burial)
        except Error as error:
            logger.warning("the name %r is buried in the next round: %s", burial.path, error)
        else:
            finished += 1
    return finished
