"""Which user changed which setting, with old and new value. The database refuses to change or delete an entry."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet

from admin_area.listing import Listing
from admin_settings.texts import written


class SettingChanges(Listing):
    """Changes, newest first."""

    path = "setting-changes"
    label = "Setting changes"
    list_display = ("changed_at", "actor", "name", "whose", "before", "after")
    search_help_text = "The full name of a setting, such as session_hours."
    fields = ("changed_at", "actor", "name", "whose", "before", "after", "version")
    readonly_fields = ("whose", "before", "after")

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Those of one setting."""
        return rows.filter(name=text.lower())

    @display
    def whose(self, row: Any) -> str:
        """The pod, or all."""
        return row.pod_id or "all pods"

    @display(description="from")
    def before(self, row: Any) -> str:
        """What was set."""
        return written(row.was) if row.was is not None else "nothing"

    @display(description="to")
    def after(self, row: Any) -> str:
        """What is set."""
        return written(row.became) if row.became is not None else "nothing"
