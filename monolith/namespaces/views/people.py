"""People on pages: soft references, so some may be gone."""

from __future__ import annotations

from collections.abc import Iterable

from users.models import User


def people(ids: Iterable[int | None]) -> dict[int, User]:
    """The people of these ids by id."""
    return User.objects.in_bulk({each for each in ids if each is not None})
