"""How failed sign-ins are counted, how many lock a username, and for how long (django-axes)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from admin_settings.in_force import in_force

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
