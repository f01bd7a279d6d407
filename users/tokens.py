"""Access tokens: which of a user's still work (neither a new password nor signing out ends them), and which
organization a new one can be limited to.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from users.models import PersonalAccessToken, User

MOST_TOKENS = 100
"""Of one user, without those that were revoked."""

Choices = Callable[[User], list[tuple[int, str]]]

_choices: list[Choices] = []


def limit_with(choices: Choices) -> None:
    """Let this function say which organizations a user's tokens can be limited to, as ids and names."""
    if choices not in _choices:
        _choices.append(choices)


def limits_of(user: User) -> dict[int, str]:
    """The names of the organizations that a user's tokens can be limited to, by id; none for users of GitLab.com Public
    alone.
    """
    return dict(each for choices in _choices for each in choices(user))


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
