"""Names that operators reserve, besides the words of this software's own URLs (`routing/reserved.py`)."""

from __future__ import annotations

from django.db import connections

from routing.claims import ClaimError, NameInvalid, PathTaken
from routing.models import Route
from routing.reserved import RESERVED_WORDS
from schemas.names import is_path


class WordInUse(ClaimError):
    """This software's own URLs begin with the word."""


def withhold(name: str) -> None:
    """Reserve a top-level name. Raises `NameInvalid`, and `PathTaken` when the name is in use."""
    if "/" in name or not is_path(name):
        raise NameInvalid(f"{name!r} is not a top-level name: use one segment of letters, digits, '_', '-' and '.'")
    with connections["routes"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO routes (path, kind, created_at) VALUES (%s, 'reserved', now()) ON CONFLICT (key) DO NOTHING",
            [name],
        )
        made = bool(cursor.rowcount)
    if not made:
        raise PathTaken(f"{name!r} is already taken, kept or reserved; look it up in the list of names")


def give_free(name: str) -> bool:
    """Release a reserved name; False when it is not reserved. Raises `WordInUse`."""
    if name.lower() in RESERVED_WORDS:
        raise WordInUse(f"{name!r} is used in this software's own URLs, so it stays reserved")
    deleted, _ = Route.objects.using("routes").filter(key=name.lower(), kind=Route.Kind.RESERVED).delete()
    return bool(deleted)
