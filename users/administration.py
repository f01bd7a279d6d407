"""Administrators and active users: the cluster always keeps one active administrator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from schemas.positions import announce
from users import revocation
from users.models import User


class LastAdministrator(Exception):
    """The change would leave the cluster without an active administrator."""


def activate(user: User) -> None:
    """Let a user sign in again; their earlier sessions and tokens work again."""
    user.is_active = True
    user.save(update_fields=["is_active"])


def deactivate(user: User) -> None:
    """Deactivate a user (`users.revocation`) and end their sessions for good. Raises `LastAdministrator`."""
    with _keeping_an_administrator(user):
        revocation.end_all_sessions(user)
        revocation.deactivate(user)


def appoint(user: User) -> None:
    """Make a user an administrator, who sees and changes everything."""
    user.is_superuser = user.is_staff = True
    user.save(update_fields=["is_superuser", "is_staff"])


def dismiss(user: User) -> None:
    """Remove a user's administrator role, everywhere by the time the response arrives. Raises `LastAdministrator`."""
    with _keeping_an_administrator(user):
        announce("users")
        user.is_superuser = user.is_staff = False
        user.save(update_fields=["is_superuser", "is_staff"])


@contextmanager
def _keeping_an_administrator(leaves: User) -> Iterator[None]:
    with transaction.atomic(using="users"):
        # Locked in one order, so that two administrators who leave at once cannot both count on the other.
        rows = User.objects.using("users").select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
        staying = [each for each in rows.values_list("pk", flat=True) if each != leaves.pk]
        if not staying:
            raise LastAdministrator("this is the only active administrator; make another user an administrator first")
        yield
