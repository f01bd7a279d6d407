"""Look users up case-insensitively, as the unique indexes do."""

from __future__ import annotations

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from users.models import User


def named(username: str) -> QuerySet[User]:
    """Return the user with this username, if any."""
    return User.objects.alias(key=Lower("username")).filter(key=Lower(Value(username)))


def with_email(email: str) -> QuerySet[User]:
    """Return the user with this email address, if any."""
    return User.objects.alias(key=Lower("email")).filter(key=Lower(Value(email))).exclude(email="")
