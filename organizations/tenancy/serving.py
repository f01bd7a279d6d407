"""What this pod does for an organization: the last word on whether it serves.

Asked by every request, so without the ORM, which costs ten times the query. `main` has the last word; what is written
goes to `ci` first, so that nobody who is served finds the gate of `ci` shut.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from django.db import connections

from organizations.tenancy.models import OrganizationState

_BY_ID = "SELECT state FROM organization_state WHERE id = %s"
# The rows of an organization that has moved away may still lie here, under a name that another one has taken since.
_BY_NAME = "SELECT state FROM organization_state WHERE id IN ({named}) ORDER BY state <> 'active' LIMIT 1"

_named: list[str] = []


class Serving(Enum):
    """Whether an organization is served here."""

    ALWAYS = "no organization is asked for"
    ACTIVE = OrganizationState.State.ACTIVE.value
    INCOMING = OrganizationState.State.INCOMING.value
    FENCED = OrganizationState.State.FENCED.value
    MOVED = OrganizationState.State.MOVED.value
    UNKNOWN = "never was here"

    @property
    def active(self) -> bool:
        """Served here."""
        return self in {Serving.ACTIVE, Serving.ALWAYS}

    @property
    def readable(self) -> bool:
        """Served here to those who only read."""
        return self.active or self is Serving.FENCED

    @property
    def changing(self) -> bool:
        """Will be served here or elsewhere in a moment."""
        return self in {Serving.FENCED, Serving.INCOMING}

    @property
    def arriving(self) -> bool:
        """Here or about to be: a routes row that says otherwise may be old."""
        return self in {Serving.ACTIVE, Serving.INCOMING}


def serve(organization_id: int, epoch: int = 1, *, using: Sequence[str] = ("ci", "main")) -> None:
    """Serve an organization from now on, unless this pod already has a state for it."""
    for alias in using:
        served = OrganizationState(id=organization_id, state=OrganizationState.State.ACTIVE, epoch=epoch)
        OrganizationState.objects.using(alias).bulk_create([served], ignore_conflicts=True)


def complete_ci(main: str, ci: str) -> int:
    """Write to a pod's `ci` the states that it lacks, as its `main` has them; return how many.

    For a `ci` that is older than its gate. What it has is left alone: a move changes the two one after the other.
    """
    known = set(OrganizationState.objects.using(ci).values_list("pk", flat=True))
    lacking = [each for each in OrganizationState.objects.using(main) if each.pk not in known]
    OrganizationState.objects.using(ci).bulk_create(lacking, ignore_conflicts=True)
    return len(lacking)


def serving(organization_id: int) -> Serving:
    """What this pod's own database says of an organization."""
    return _state(_BY_ID, organization_id)


def named_by(sql: str) -> None:
    """Tell how to find, in `main`, the organization of a top-level name: SQL with the name's key as its parameter."""
    if sql not in _named:
        _named.append(sql)


def serving_name(key: str) -> Serving:
    """What this pod's own database says of the organization that has a top-level name of this key here."""
    states = (_state(_BY_NAME.format(named=sql), key) for sql in _named)
    return next((state for state in states if state is not Serving.UNKNOWN), Serving.UNKNOWN)


def _state(query: str, value: int | str) -> Serving:
    with connections["main"].cursor() as cursor:
        cursor.execute(query, [value])
        row = cursor.fetchone()
    return Serving(row[0]) if row else Serving.UNKNOWN
