"""How failed sign-ins are counted, how many lock a username, and for how long (django-axes)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.http import HttpRequest

from admin_settings.in_force import in_force
from schemas.together import delete

LONGEST = 255


def username_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the username of an attempt, in lower case."""
    claimed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(claimed).lower()[:LONGEST]


def address_of(request: HttpRequest) -> str:
    """The client's network address."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def most_failures(request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
    """Return the number of failed sign-ins that locks a username."""
    return in_force().sign_in_failures


def locked_for(request: HttpRequest | None) -> timedelta:
    """Return how long a username stays locked."""
    return timedelta(minutes=in_force().lock_out_minutes)


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # it has no types
    """django-axes', without its searches on the primary for what is deleted anyway: a sign-in ends in one trip, and
    failed ones clear away what has expired.
    """

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        """Forget the failed sign-ins with this username."""
        failed = AccessAttempt.objects.using("users").filter(username=username_of(request, {"username": str(user)}))
        delete(failed)

    def user_logged_out(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        """Do nothing: there is no log of sign-ins to complete (`AXES_DISABLE_ACCESS_LOG`)."""
