"""Notice that a database was replaced by an older one, such as a restored backup.

A pod raises a number in each of its databases, its *mark*, and then writes it
into `routes`, beside its lease of ids: within a second of a new id, and of other
changes within ten. A database whose mark is below what `routes` says is older
than the pod has been: it would give ids again that are in use elsewhere, and it
contradicts the names in `routes`. `routes` is older itself when it says much less than
the database does. Both are mended by `manage.py cluster reconcile`
(docs/backups.md).

Needs no Django models, so that a pod can look before it loads them.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import Error, connections, transaction

from topology import POD_LOCAL_SCHEMAS

SEQUENCE = "pod_mark"
# A sequence and not a table: every table of `main` and `ci` belongs to organizations, and moves with them.
_MAKE = f"CREATE SEQUENCE IF NOT EXISTS {SEQUENCE} MINVALUE 0 START 0"
_IS_MADE = "SELECT to_regclass(%s) IS NOT NULL"
# The word "mark". `setval` is logged with its very value, unlike `nextval`, which logs 32 values ahead.
_LOCK_KEY = 0x6D61726B
_RAISE = f"SELECT setval('{SEQUENCE}', greatest((SELECT last_value FROM {SEQUENCE}) + 1, %s))"  # noqa: S608
_LOOK = f"""
    SELECT (SELECT last_value FROM {SEQUENCE}),
        (SELECT json_object_agg(sequencename, last_value) FROM pg_sequences
            WHERE schemaname = current_schema AND last_value IS NOT NULL AND sequencename <> '{SEQUENCE}'),
        (SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database())
"""  # noqa: S608
_SAID = "SELECT schema, mark, drawn, marked_at FROM database_marks WHERE pod_id = %s"
_SAY = """
    INSERT INTO database_marks (pod_id, schema, mark, drawn, marked_at) VALUES (%(pod)s, %(schema)s, %(mark)s,
        %(drawn)s, now())
    ON CONFLICT (pod_id, schema) DO UPDATE SET mark = excluded.mark, drawn = excluded.drawn, marked_at = now()
    WHERE database_marks.mark < excluded.mark OR %(back)s
"""
# So many marks of its last seconds a primary of `routes` may have taken along when a replica took its place.
LOST_BY_PROMOTION = 100
INTERVAL_SECONDS = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What a database says of itself."""

    mark: int
    drawn: Mapping[str, int]
    """The last id that each sequence gave."""
    changes: int
    """Changes of rows that PostgreSQL has counted."""


@dataclass(frozen=True)
class Said:
    """What `routes` says of a database."""

    mark: int
    drawn: Mapping[str, int]
    at: datetime


@dataclass(frozen=True)
class Older:
    """A database that is older than it was: one of a pod's, or `routes`."""

    pod: str
    schema: str
    problem: str
    stop: str
    """What to stop first."""
    mended_by: str
    """The arguments of `manage.py` that mend it."""

    def remedy(self, command: Callable[[str], str]) -> str:
        """Say what to do; `command` makes a command line of the arguments of `manage.py`."""
        return f"{self.stop}, then run: {command(self.mended_by)} (docs/backups.md)"


def make(alias: str) -> None:
    """Make a database able to have a mark. May be repeated."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_IS_MADE, [SEQUENCE])
        if not cursor.fetchone()[0]:
            cursor.execute(_MAKE)


def look(alias: str) -> Look | None:
    """Return what a database says of itself; None when it has never had a mark."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_IS_MADE, [SEQUENCE])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(_LOOK)
        mark, drawn, changes = cursor.fetchone()
    return Look(mark, _parsed(drawn), changes or 0)


def said_of(pod: str, *, using: str = "routes") -> dict[str, Said]:
    """Return what `routes` says of a pod's databases, by schema."""
    with connections[using].cursor() as cursor:
        cursor.execute(_SAID, [pod])
        return {schema: Said(mark, _parsed(drawn), at) for schema, mark, drawn, at in cursor.fetchall()}


def raise_mark(alias: str, at_least: int = 0) -> int:
    """Raise a database's mark, and return it."""
    with transaction.atomic(using=alias, durable=True), connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
        cursor.execute(_RAISE, [at_least])
        return int(cursor.fetchone()[0])


def say(
    pod: str, schema: str, mark: int, drawn: Mapping[str, int], *, using: str = "routes", back: bool = False
) -> None:
    """Write into `routes` how far a database has come; `back` also writes a lower mark."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            _SAY, {"pod": pod, "schema": schema, "mark": mark, "drawn": json.dumps(dict(drawn)), "back": back}
        )


def older(pod: str, aliases: Mapping[str, str] | None = None, *, using: str = "routes") -> Iterator[Older]:
    """Yield each database of a pod that is older than it was, and `routes` when it is. `aliases` names the
    databases by schema. Raises `django.db.Error`.
    """
    said = said_of(pod, using=using)
    for schema in POD_LOCAL_SCHEMAS:
        alias = (aliases or {}).get(schema, schema)
        if schema in said:
            yield from compare(pod, schema, look(alias), said[schema])


def compare(pod: str, schema: str, there: Look | None, said: Said) -> Iterator[Older]:
    """Yield what is older: the database, `routes`, or neither."""
    mark = there.mark if there else -1
    if mark < said.mark:
        yield Older(
            pod,
            schema,
            f"the database {schema!r} of {pod} is older than its lease in routes says: the pod last used it on "
            f"{said.at:%Y-%m-%d at %H:%M:%S} UTC in a later state (mark {said.mark}, and this one has "
            f"{mark if there else 'none'}). It was restored from a backup, or it is another database. "
            "The pod would give ids again, and contradict names.",
            "Stop the pod",
            f"cluster reconcile {pod}",
        )
    elif mark > said.mark + LOST_BY_PROMOTION:
        yield Older(
            pod,
            "routes",
            f"the database 'routes' is older than {pod} has seen it: it last heard of {schema!r} of {pod} on "
            f"{said.at:%Y-%m-%d at %H:%M:%S} UTC (mark {said.mark}, and {schema!r} has {mark}). "
            "It was restored from a backup. Ids of users and organizations would be given again.",
            "Stop all pods",
            "cluster reconcile --shared",
        )


def _parsed(drawn: Any) -> dict[str, int]:
    return (json.loads(drawn) if isinstance(drawn, str) else drawn) or {}


class Marker:
    """Keeps the marks of this process's pod up to date."""

    def __init__(self, pod: str) -> None:
        self._pod = pod
        self._written: dict[str, tuple[Mapping[str, int], int]] = {}

    def round(self) -> list[Older]:
        """Mark each database that has changed since the last round; return what is older than it was, if anything.

        Raises `django.db.Error`.
        """
        said = said_of(self._pod)
        for schema in POD_LOCAL_SCHEMAS:
            there = look(schema)
            if schema in said and (found := list(compare(self._pod, schema, there, said[schema]))):
                return found
            if there is not None and (there.drawn, there.changes) != self._written.get(schema):
                say(self._pod, schema, raise_mark(schema), there.drawn)
                self._written[schema] = (there.drawn, there.changes)
        return []

    def start(self, when_older: Callable[[Older], None]) -> None:
        """Mark now and every second, in a thread that marks a last time when the process ends. What is older than it
        was ends the thread.
        """
        threading.Thread(target=self._go_on, args=(when_older,), name="marks").start()

    def _go_on(self, when_older: Callable[[Older], None]) -> None:
        main = threading.main_thread()
        problem = ""
        goes_on = True
        while goes_on:
            # The round after the end of the main thread is the last one.
            goes_on = main.is_alive()
            try:
                found = self.round()
                problem = ""
            except Error as error:
                connections.close_all()
                found = []
                if not problem:
                    _log.warning("the databases cannot be marked, trying again: %s", error)
                problem = str(error)
            if found:
                when_older(found[0])
                break
            main.join(INTERVAL_SECONDS)
        connections.close_all()
