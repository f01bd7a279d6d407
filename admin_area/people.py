"""Users, their tokens and memberships: in the `users` schema, the same for all pods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet

from admin_area.keyset import Key, Lowered
from admin_area.listing import Listing
from admin_area.organization_names import id_of, name_organizations
from users.lookup import named, with_email


class Users(Listing):
    """Everybody, by username."""

    path = "users"
    label = "Users"
    key = Key(Lowered("username"))
    list_display = ("username", "name", "email", "home", "is_active", "is_superuser")
    search_help_text = "The beginning of a username, or a whole mail address."
    # Not the password, nor anything made of it.
    fields = ("username", "name", "email", "home", "is_active", "is_superuser", "date_joined", "last_login")
    readonly_fields = ("home",)

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By mail address when it looks like one."""
        if "@" in text:
            return rows.filter(pk__in=list(with_email(text).values_list("pk", flat=True)))
        return super().found(rows, text)

    def prepare(self, rows: Sequence[Any]) -> None:
        """The paths of default organizations."""
        name_organizations(rows, "default_organization_id")

    @display(description="default organization")
    def home(self, row: Any) -> str:
        """Its path."""
        return str(row.organization_path)


class Tokens(Listing):
    """Personal access tokens, newest first. What is stored of one is a hash, and not even that is shown."""

    path = "tokens"
    label = "Access tokens"
    list_display = ("name", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    search_help_text = "A whole username."
    fields = ("name", "user", "created_at", "last_used_at", "expires_at", "revoked_at")

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Those of one person."""
        return rows.filter(user_id__in=_ids_of(text))


class Memberships(Listing):
    """Who belongs to which organization, newest first."""

    path = "memberships"
    label = "Memberships"
    list_display = ("user", "organization", "role", "created_at")
    list_select_related = ("user",)
    search_help_text = "A whole username, or the whole path of an organization."
    fields = ("user", "organization", "role", "created_at")
    readonly_fields = ("organization",)

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Those of one person; when nobody is named so, those of one organization."""
        people = _ids_of(text)
        return rows.filter(user_id__in=people) if people else rows.filter(organization_id=id_of(text) or 0)

    def prepare(self, rows: Sequence[Any]) -> None:
        """The paths of organizations."""
        name_organizations(rows)

    @display
    def organization(self, row: Any) -> str:
        """Its path."""
        return str(row.organization_path)


def _ids_of(username: str) -> list[int]:
    """At most one, looked up first: the planner then knows whose rows it reads."""
    return list(named(username).values_list("pk", flat=True))
