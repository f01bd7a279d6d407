"""People in templates: soft references may lead nowhere."""

from __future__ import annotations

from django import template

from users.models import User

register = template.Library()

GONE = "a former member"


@register.filter
def named(people: dict[int, User], user_id: int | None) -> str:
    """Return the username of an id, or a placeholder when the user no longer exists."""
    user = people.get(user_id) if user_id is not None else None
    return user.username if user else GONE
