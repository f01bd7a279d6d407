"""End what lets somebody in: everywhere when the response arrives (`schemas.positions.announce`)."""

from __future__ import annotations

from django.db.models import F

from schemas.positions import announce
from users.models import User


def end_all_sessions(user: User) -> None:
    """Sign somebody out everywhere; `user` is as new as the database, so one session can be made to fit again."""
    announce("users")
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    user.refresh_from_db(using="users", fields=["session_generation"])


def set_password(user: User, password: str) -> None:
    """Give somebody another password, which ends all their sessions."""
    announce("users")
    user.set_password(password)
    user.save(update_fields=["password"])


def deactivate(user: User) -> None:
    """Let somebody in no more, by password, session or token, until an administrator does."""
    announce("users")
    user.is_active = False
    user.save(update_fields=["is_active"])
