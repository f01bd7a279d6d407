"""What this pod does for an organization: the last word on whether it serves.

Asked by every request, so without the ORM, which costs ten times the query.
"""

from __future__ import annotations

from enum import Enum

from django.db import connections

from organizations.tenancy.models import OrganizationState

_BY_ID = "SELECT state FROM organization_state WHERE id = %s"
_BY_NAME = "SELECT state FROM organization_state WHERE id = ({named})"

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
    def arriving(self) -> bool:
        """Here or about to be: a routes row that says otherwise may be old."""
        return self in {Serving.ACTIVE, Serving.INCOMING}


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
