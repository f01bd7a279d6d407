"""Look people up as their unique names are indexed: in any case."""

from __future__ import annotations

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from users.models import User


def named(username: str) -> QuerySet[User]:
    """Whoever has this username."""
    return User.objects.alias(key=Lower("username")).filter(key=Lower(Value(username)))


def with_email(email: str) -> QuerySet[User]:
    """Whoever has this mail address."""
    return User.objects.alias(key=Lower("email")).filter(key=Lower(Value(email))).exclude(email="")
