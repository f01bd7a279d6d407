"""Apply migrations while pods use the same tables."""

from __future__ import annotations

import time

from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg.errors import LockNotAvailable

from operations.exceptions import TableInUse
from operations.releases.migrating import migrations_of
from topology.databases import schema_of_alias
from topology.words import in_words

# Queries that come after a migration that waits for a table wait behind it, and a pod waits for two seconds
# (settings/base.py): with these limits such queries are delayed, not refused.
LOCK_MILLISECONDS = 1500
TRIES = 6
PAUSE_SECONDS = 1.0
# A migration that runs outside a transaction blocks nothing, and must not be interrupted halfway.
PATIENT_MILLISECONDS = 60_000


def apply_up_to(alias: str, app: str, name: str) -> None:
    """Apply an app's migrations to a database, up to and including the named one.

    Raises `TableInUse` when a migration got no lock in several tries; those before it stay applied.
    """
    for left in reversed(range(TRIES)):
        _wait_for_locks(alias, app)
        try:
            call_command("migrate", app, name, database=alias, interactive=False, verbosity=0)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            if not left:
                raise TableInUse(
                    f"{alias}: the next migration of {app} could not lock its table in {TRIES} tries: "
                    f"{in_words(error)}. Find the session that holds the table in pg_stat_activity and "
                    "pg_locks, "
                    "end it, "
                    "and run this command again. Migrations applied so far stay applied."
                ) from None
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _wait_for_locks(alias: str, app: str) -> None:
    known = migrations_of(schema_of_alias(alias))
    unapplied = known.keys() - set(MigrationRecorder(connections[alias]).applied_migrations())
    brief = all(known[key].atomic for key in unapplied if key[0] == app)
    milliseconds = LOCK_MILLISECONDS if brief else PATIENT_MILLISECONDS
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{milliseconds}ms"])
