"""What a migration of a shared schema means for pods of other releases (invariant 9: expand, then contract).

A migration that declares nothing expands: the previous release keeps working as
if it were not there. A migration that removes something declares in `contracts_since`
which release was the first that does not need it.
"""

from __future__ import annotations

from functools import cache

from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from schemas.placement import SchemaUndeclared, schemas_of_app
from topology import SHARED_SCHEMAS

Key = tuple[str, str]
"""App and name."""


class ReleaseInvalid(ValueError):
    """A release is not numbers with dots between them."""


def order_of(release: str) -> tuple[int, ...]:
    """Return the sort key of a release: 0.10.0 comes after 0.9.1. Raises `ReleaseInvalid`."""
    try:
        return tuple(int(part) for part in release.split("."))
    except ValueError:
        raise ReleaseInvalid(
            f"{release!r} is not a release; use numbers with dots between them, such as 0.2.0"
        ) from None


def contracts_since(migration: Migration) -> str:
    """Return the first release that does not need what a migration removes; empty when it expands."""
    return str(getattr(migration, "contracts_since", ""))


def can_stand(release: str, since: str) -> bool:
    """Whether a pod of a release can serve a schema after a migration that contracts since `since`; always when it is
    empty.
    """
    return not since or order_of(release) >= order_of(since)


@cache
def migrations_of(schema: str) -> dict[Key, Migration]:
    """Return the migrations of a schema that this release knows, sorted."""
    disk = MigrationLoader(None).disk_migrations
    return {key: disk[key] for key in sorted(disk) if schema in _schemas_of(key[0])}


def needed(schema: str) -> list[Key]:
    """Return what has to be applied before this release can serve a schema, without its own contractions: these wait
    until no pod runs an older release.
    """
    return [key for key, migration in migrations_of(schema).items() if not contracts_since(migration)]


@cache
def serves() -> dict[str, dict[str, dict[str, str]]]:
    """Return, by shared schema, the oldest version of each app that this release can serve and the newest that it
    knows. It can serve newer versions too, unless they contract since a later release.
    """
    return {
        schema: {"oldest": dict(needed(schema)), "newest": dict(list(migrations_of(schema)))}
        for schema in SHARED_SCHEMAS
    }


def _schemas_of(app_label: str) -> tuple[str, ...]:
    try:
        return schemas_of_app(app_label)
    except (SchemaUndeclared, LookupError):
        return ()
