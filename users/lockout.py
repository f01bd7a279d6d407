"""What failed tries to sign in are counted by (django-axes)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

LONGEST = 255


def username_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The username that somebody claims, in one spelling."""
    claimed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(claimed).lower()[:LONGEST]


def address_of(request: HttpRequest) -> str:
    """The client's network address."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address
