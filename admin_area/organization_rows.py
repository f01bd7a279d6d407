"""Lists of rows that belong to organizations, in a pod's own databases. An application adds them to `pod_area`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest

from admin_area.acts import Refused
from admin_area.listing import Listing
from admin_area.organization_names import name_organizations
from organizations.tenancy.presence import present
from organizations.tenancy.serving import serving


def refuse_unserved(row: Any) -> None:
    """Raise `Refused` unless this pod serves the row's organization: a row that lies here proves nothing."""
    if not serving(row.organization_id).active:
        raise Refused("this pod does not serve the organization at the moment; look up which pod it lives on")


class OfOrganizations(Listing):
    """Rows of organizations, without the copies of a move."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All that this pod serves, in the order of the key."""
        return present(super().get_queryset(request))

    def prepare(self, rows: Sequence[Any]) -> None:
        """The paths of organizations."""
        name_organizations(rows)

    @display(description="organization")
    def owner(self, row: Any) -> str:
        """The path of the organization."""
        return str(row.organization_path)
