"""Filters of lists, each served by a partial index of the few rows that it shows."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest

from routing.models import Route


class Standing(SimpleListFilter):
    """Users who are something that few are."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As the indexes have it."""
        return [("administrators", "Administrators"), ("deactivated", "Deactivated")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those few."""
        if self.value() == "administrators":
            return queryset.filter(is_superuser=True)
        return queryset.filter(is_active=False) if self.value() == "deactivated" else queryset


class Kind(SimpleListFilter):
    """Names of one kind; the live ones are the whole list."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All kinds but the live ones."""
        return [
            (Route.Kind.REDIRECT, "Redirects"),
            (Route.Kind.CLAIM, "Claims"),
            (Route.Kind.RESERVED, "Reserved names"),
            (Route.Kind.TOMBSTONE, "Tombstones"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the kind."""
        chosen = self.value()
        if chosen not in Route.Kind.values or chosen == Route.Kind.LIVE:
            return queryset
        # The index's own condition, word for word: on replicas of `routes` plans are made before values are known.
        not_live = RawSQL("NOT (routes.kind = 'live' AND routes.kind IS NOT NULL)", (), output_field=BooleanField())
        return queryset.filter(not_live, kind=chosen)
