"""End sessions and deactivate users, everywhere by the time the response arrives (`schemas.positions.announce`)."""

from __future__ import annotations

from django.db import connections, transaction
from django.db.models import F
from django.db.models.functions import Now

from schemas.positions import announce
from users.models import PersonalAccessToken, User

_LOCK_OWNERS = """
    SELECT pg_advisory_xact_lock(hashtextextended('memberships_keep_an_owner', organization_id)) FROM (
        SELECT organization_id FROM memberships WHERE user_id = %s AND role = 'owner' ORDER BY organization_id) AS owned
"""
_ONLY_OWNER = """
    SELECT 1 FROM memberships own WHERE user_id = %s AND role = 'owner' AND NOT EXISTS (
        SELECT FROM memberships other JOIN users ON users.id = other.user_id
        WHERE other.organization_id = own.organization_id AND other.role = 'owner'
            AND other.user_id <> own.user_id AND users.is_active)
    LIMIT 1
"""


class OnlyOwner(Exception):
    """Some organization would have no active owner without this user."""


def end_all_sessions(user: User) -> None:
    """End all sessions of a user; `user` is refreshed, so that one session can be renewed."""
    announce("users")
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    user.refresh_from_db(using="users", fields=["session_generation"])


def revoke_tokens(user: User) -> None:
    """Revoke all access tokens of a user."""
    announce("users")
    PersonalAccessToken.objects.filter(user=user, revoked_at=None).update(revoked_at=Now())


def set_password(user: User, password: str) -> None:
    """Set a user's password, which ends all their sessions."""
    announce("users")
    user.set_password(password)
    user.save(update_fields=["password"])


def deactivate(user: User) -> None:
    """Refuse a user's password, sessions and tokens until an administrator activates them again."""
    announce("users")
    user.is_active = False
    user.save(update_fields=["is_active"])


def deactivate_oneself(user: User) -> None:
    """As `deactivate`, for people themselves. Raises `OnlyOwner`.

    Another owner who leaves the same organization waits until this is decided: the lock is that of the
    trigger `memberships_keep_an_owner` (members/migrations).
    """
    with transaction.atomic(using="users"):
        with connections["users"].cursor() as cursor:
            cursor.execute(_LOCK_OWNERS, [user.pk])
        if is_only_owner(user):
            raise OnlyOwner(f"{user} is the only active owner of an organization; make another member an owner first")
        deactivate(user)


def is_only_owner(user: User) -> bool:
    """Whether some organization has no other owner who is active."""
    with connections["users"].cursor() as cursor:
        cursor.execute(_ONLY_OWNER, [user.pk])
        return bool(cursor.fetchone())
