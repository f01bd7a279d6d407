"""What failed tries to sign in are counted by, how many lock a username, and for how long (django-axes)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from admin_settings.in_force import in_force

LONGEST = 255


def username_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The username that somebody claims, in one spelling."""
    claimed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(claimed).lower()[:LONGEST]


def address_of(request: HttpRequest) -> str:
    """The client's network address."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def most_failures(request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
    """After how many failed tries a username is locked."""
    return in_force().sign_in_failures


def locked_for(request: HttpRequest | None) -> timedelta:
    """How long it is locked."""
    return timedelta(minutes=in_force().lock_out_minutes)
