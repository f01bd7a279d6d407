"""Organizations are in another schema than what belongs to them: their paths are looked up for a whole page at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from admin_area.keyset import Lowered
from organizations.models import Organization


def name_organizations(rows: Sequence[Any], field: str = "organization_id") -> None:
    """Give each row the path of its organization as `organization_path`; its number when there is none any more."""
    paths = paths_of({getattr(row, field) for row in rows})
    for row in rows:
        number = getattr(row, field)
        row.organization_path = paths.get(number, f"#{number}")


def paths_of(ids: Iterable[int]) -> dict[int, str]:
    """The path of each organization that exists, by its id; one query."""
    return dict(Organization.objects.filter(pk__in=set(ids)).values_list("pk", "path"))


def id_of(path: str) -> int | None:
    """The organization that has this path, in any case; None when nobody has."""
    rows = Organization.objects.alias(key=Lowered("path"))
    return rows.filter(key=path.lower()).values_list("pk", flat=True).first()
