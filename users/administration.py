"""Administrators and active users: the cluster always keeps one active administrator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from routing.claims import ClaimError
from routing.names import is_reserved
from schemas.names import is_path
from schemas.positions import announce
from users import revocation
from users.lookup import named, with_email
from users.models import User
from users.usernames import claimed

LONGEST_USERNAME = 255


class LastAdministrator(Exception):
    """The change would leave the cluster without an active administrator."""


@dataclass(frozen=True)
class NewAdministrator:
    """An administrator who is about to be created, such as the first one of a cluster."""

    username: str
    email: str
    name: str = ""

    def check(self) -> None:
        """Raise `ValidationError` with everything that is wrong."""
        problems = [*self._problems_of_username(), *self._problems_of_email()]
        if problems:
            raise ValidationError(problems)

    def create(self, password: str) -> User:
        """Create the user, whose name nobody else can take meanwhile. Raises `ValidationError`."""
        self.check()
        user = User(username=self.username, email=self.email, name=self.name or self.username)
        validate_password(password, user)
        user.set_password(password)
        user.is_superuser = user.is_staff = True
        try:
            with claimed(self.username):
                user.save(using="users", force_insert=True)
        except (IntegrityError, ClaimError) as error:
            raise ValidationError(f"The username {self.username!r} is taken: {error}") from error
        return user

    def _problems_of_username(self) -> Iterator[str]:
        if len(self.username) > LONGEST_USERNAME or "/" in self.username or not is_path(self.username):
            yield (
                f"The username {self.username!r} is not valid: use letters a to z, digits, '_', '-' and '.'; it must "
                "not start with '-' or end with a file extension such as '.git'."
            )
        elif is_reserved(self.username):
            yield f"The username {self.username!r} is reserved: URLs of this software begin with it."
        elif named(self.username).using("users").exists():
            yield (
                f"There is a user {self.username!r} already. "
                f"To make them an administrator, run: manage.py admin appoint {self.username}"
            )

    def _problems_of_email(self) -> Iterator[str]:
        try:
            validate_email(self.email)
        except ValidationError:
            yield f"The email address {self.email!r} is not valid."
            return
        if with_email(self.email).using("users").exists():
            yield f"The email address {self.email!r} belongs to another user."


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
