"""Apply migrations while pods work on the same tables."""

from __future__ import annotations

import time

from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg.errors import LockNotAvailable

from operations.exceptions import TableInUse
from operations.releases.migrating import migrations_of
from topology.databases import schema_of_alias

# Whoever comes after a migration that waits for a table waits behind it, and a pod waits for two seconds
# (settings/base.py): so it is late, and not refused.
LOCK_MILLISECONDS = 1500
TRIES = 6
PAUSE_SECONDS = 1.0
# What runs in no transaction makes nobody wait, and must not be left half done.
PATIENT_MILLISECONDS = 60_000


def apply_up_to(alias: str, app: str, name: str) -> None:
    """Apply an app's migrations to a database up to the one of this name.

    Raises `TableInUse` when one of them got no lock in several tries; those before it stay applied.
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
                    f"{alias}: the next migration of {app} got no lock in {TRIES} tries: "
                    f"{str(error).splitlines()[0]}. Find who holds the table in pg_stat_activity and pg_locks, end it, "
                    "and run this again; what was applied stays so"
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
