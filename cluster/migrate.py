"""Migrate every schema: the shared ones once for the cluster, `main` and `ci` once for each pod."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator

from django.core.management import call_command
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from cluster.exceptions import MigrationBusy
from cluster.provision import provision_all
from routing.ids import apply_id_range
from routing.reserved import reserve_words
from schemas.placement import SchemaUndeclared, schema_of_app
from topology import POD_LOCAL_SCHEMAS, SCHEMAS, SHARED_SCHEMAS, Topology
from topology.databases import schema_of_alias
from topology.places import Places

# One lock for the whole cluster, on the primary of the schema that every pod shares; the number is the word "pods".
LOCK_SCHEMA = "routes"
LOCK_KEY = 0x706F6473
LOCK_SECONDS = 120.0
LOCK_POLL_SECONDS = 0.2

Say = Callable[[str], None]


def migrate_cluster(topology: Topology, places: Places, say: Say, *, wait: float = LOCK_SECONDS) -> None:
    """Apply what is unapplied, in every database of the cluster, and give each pod's tables their ids. Databases
    that an embedded server lacks are made; on your own servers that is yours.

    Two at a time are safe: the second waits and then finds nothing to do. Raises `MigrationBusy` when the first
    takes longer than `wait` seconds.
    """
    on_disk = migrations_of_schemas()
    with _alone(wait):
        asyncio.run(provision_all(topology, places))
        for alias in aliases_to_migrate(topology):
            wanted = on_disk[schema_of_alias(alias)]
            if wanted - set(MigrationRecorder(connections[alias]).applied_migrations()):
                say(f"{alias}: migrating")
                for app in sorted({app for app, _ in wanted}):
                    call_command("migrate", app, database=alias, interactive=False, verbosity=0)
        # A release may bring words without a migration.
        reserve_words()
        for pod in topology.pods:
            apply_id_range(pod, *(f"{schema}_{pod}" for schema in POD_LOCAL_SCHEMAS))


def aliases_to_migrate(topology: Topology) -> list[str]:
    """Every database of the cluster, shared ones first."""
    return [*SHARED_SCHEMAS, *(f"{schema}_{pod}" for pod in topology.pods for schema in POD_LOCAL_SCHEMAS)]


def migrations_of_schemas() -> dict[str, set[tuple[str, str]]]:
    """Schema to its migrations, as app and name."""
    found: dict[str, set[tuple[str, str]]] = {schema: set() for schema in SCHEMAS}
    for app, name in MigrationLoader(None).disk_migrations:
        with contextlib.suppress(SchemaUndeclared):
            found[schema_of_app(app)].add((app, name))
    return found


@contextlib.contextmanager
def _alone(wait: float) -> Iterator[None]:
    """Hold the lock on a connection of its own: it lives exactly as long."""
    connection = connections.create_connection(LOCK_SCHEMA)
    deadline = time.monotonic() + wait
    try:
        with connection.cursor() as cursor:
            while not _taken(cursor):
                if time.monotonic() > deadline:
                    raise MigrationBusy(
                        f"another migration has held the cluster for {wait:g} s; "
                        "wait for it, or find it in pg_stat_activity of the routes database and end it"
                    )
                time.sleep(LOCK_POLL_SECONDS)
            yield
    finally:
        connection.close()


def _taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
    return bool(cursor.fetchone()[0])
