"""Organizations are in another schema than what belongs to them: their paths are looked up for a whole page at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from admin_area.keyset import Lowered
from organizations.models import Organization


def name_organizations(rows: Sequence[Any], field: str = "organization_id") -> None:
    """Set `organization_path` on each row: its organization's path, or the ID when the organization no longer
    exists.
    """
    paths = paths_of({getattr(row, field) for row in rows})
    for row in rows:
        number = getattr(row, field)
        row.organization_path = paths.get(number, f"#{number}")


def paths_of(ids: Iterable[int]) -> dict[int, str]:
    """The path of each organization that exists, by its id; one query."""
    return dict(Organization.objects.filter(pk__in=set(ids)).values_list("pk", "path"))


def id_of(path: str) -> int | None:
    """Return the ID of the organization with this path, in any letter case; None when there is none."""
    rows = Organization.objects.alias(key=Lowered("path"))
    return rows.filter(key=path.lower()).values_list("pk", flat=True).first()
