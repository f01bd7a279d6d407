"""The audit log: which administrator did what, when, and the outcome (`admin_area.acts`)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from admin_area.listing import Listing
from users.lookup import named


class Audit(Listing):
    """Actions, newest first. Entries cannot be changed or deleted."""

    path = "audit"
    label = "Audit log"
    list_display = ("action_time", "user", "object_repr", "change_message")
    list_select_related = ("user",)
    search_help_text = "The full username of an administrator."
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "change_message")

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """What one person did."""
        return rows.filter(user_id__in=list(named(text).values_list("pk", flat=True)))
