"""Which access tokens of a user still work: neither a new password nor signing out ends them."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from users.models import PersonalAccessToken, User


def tokens_that_work(user: User) -> QuerySet[PersonalAccessToken]:
    """Neither revoked nor expired, the newest first."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
    return PersonalAccessToken.objects.filter(in_time, user=user, revoked_at=None).order_by("-created_at")


def what_stays(user: User) -> str:
    """A sentence about the tokens that still work; empty when there is none."""
    count = tokens_that_work(user).using("users").count()
    if not count:
        return ""
    return "1 access token still works." if count == 1 else f"{count} access tokens still work."
