"""Whether this pod can serve reads, and what is not as it should be.

A thread asks each database in turn, with limits, every second. Callers never
wait: they get what the thread found last, or which database keeps it waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, Error, connections
from django.db.migrations.recorder import MigrationRecorder

from admin_settings.in_force import in_force
from admin_settings.poll import Known
from admin_settings.poll import state as settings_in_force
from operations.models import Contraction
from operations.releases import announcing
from operations.releases.migrating import needed
from pods import disks
from schemas.servers import servers_of
from topology.databases import REPLICA_SUFFIX, schema_of_alias
from topology.words import in_words

LOOK_SECONDS = 1.0
# Longer than a look takes when servers hang (`LIMITS` in settings/base.py); then the one it is at keeps it waiting.
OLDEST_SECONDS = 6.0
# Without one of these no page can be read.
NEEDED_FOR_READS = frozenset({"users", "routes", "main"})

_REPLICA = """
    SELECT pg_is_in_recovery(),
        pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn(),
        extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float,
        EXISTS (SELECT FROM pg_stat_wal_receiver)
"""


_log = logging.getLogger(__name__)


class Degradation(NamedTuple):
    """Something that is not as it should be: an alias or `settings`, and in words what is wrong with it."""

    alias: str
    problem: str


@dataclass(frozen=True)
class Health:
    """What was found: `ready` when reads can be served on a schema that this release knows."""

    ready: bool
    degradations: tuple[Degradation, ...]
    at: float


class Watcher:
    """Asks the databases every second in a thread of its own, so that no request waits for them."""

    def __init__(self) -> None:
        self._asking = ""
        self._last: Health | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Look from now on, in a thread that ends with the process."""
        self._thread = threading.Thread(target=self._watch, name="health", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def health(self) -> Health:
        """What was found lately, at once; in a process without the thread, what is found now."""
        if self._thread is None:
            return look()
        last = self._last
        if last is not None and time.monotonic() - last.at < OLDEST_SECONDS:
            return last
        return self._kept_waiting()

    def _kept_waiting(self) -> Health:
        """What was known before, and the database that does not answer."""
        stuck = self._asking
        before = self._last
        if before is None:
            return Health(False, (Degradation(stuck, "has not answered yet; this pod has just started"),), 0.0)
        ready = before.ready and schema_of_alias(stuck) not in NEEDED_FOR_READS
        known = tuple(each for each in before.degradations if each.alias != stuck)
        return Health(ready, (*known, Degradation(stuck, "does not answer in time")), before.at)

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._last = look(self._note)
            except Exception:
                # Otherwise the check would never run again, and readiness would report the wrong reason until a
                # restart.
                _log.exception("the databases could not be looked at")
            self._stop.wait(LOOK_SECONDS)
        connections.close_all()

    def _note(self, alias: str) -> None:
        self._asking = alias


watcher = Watcher()


def look(note: object = None) -> Health:
    """Ask every database now. `note` is told each alias before it is asked."""
    degradations: list[Degradation] = []
    unreadable: set[str] = set()
    for alias in aliases():
        if callable(note):
            note(alias)
        problems = list(_problems(alias))
        degradations += [Degradation(alias, problem.words) for problem in problems]
        if reading(schema_of_alias(alias)) == alias and any(problem.stops_reads for problem in problems):
            unreadable.add(schema_of_alias(alias))
    heard = announcing.this_pods.heard
    degradations += [Degradation(each.schema, _too_new(each)) for each in heard.unstandable]
    if heard.problem:
        degradations.append(Degradation(announcing.SCHEMA, f"this pod cannot be announced: {heard.problem}"))
    degradations += [Degradation(*complaint) for complaint in disks.complaints()]
    acts_by = settings_in_force()
    if acts_by is not None:
        degradations += [Degradation("settings", words) for words in acts_by.complaints()]
    # The defaults may open what an administrator has closed.
    may_act = acts_by is None or acts_by.known is not Known.NOWHERE
    ready = may_act and not unreadable & NEEDED_FOR_READS and not heard.unstandable
    return Health(ready, tuple(degradations), time.monotonic())


def _too_new(contraction: Contraction) -> str:
    return (
        f"too new: {contraction.app}.{contraction.name} removes what releases before {contraction.since} need, and "
        f"this is {settings.RELEASE}; run {contraction.since} or later"
    )


def aliases() -> list[str]:
    """What to ask, what reads need first."""
    return sorted((alias for alias in settings.DATABASES if alias != "default"), key=_weight)


def reading(schema: str) -> str:
    """The alias that reads of a schema go to when nothing is pinned."""
    return schema + REPLICA_SUFFIX if schema + REPLICA_SUFFIX in settings.DATABASES else schema


class _Problem(NamedTuple):
    words: str
    stops_reads: bool = False


def _problems(alias: str) -> Iterator[_Problem]:
    connection = connections[alias]
    try:
        connection.close_if_unusable_or_obsolete()
        if alias.endswith(REPLICA_SUFFIX):
            yield from _replica_problems(alias)
        else:
            connection.ensure_connection()
        missing = _missing_migrations(alias)
        if all(server.is_full() for server in servers_of(connection.settings_dict)):
            yield _Problem("its disk is full: it cannot store anything")
        if missing:
            yield _Problem(f"too old: {missing} is not applied; run: manage.py cluster migrate", stops_reads=True)
    except (Error, DatabaseError) as error:
        connection.close()
        yield _Problem(f"cannot be reached: {in_words(error)}", stops_reads=True)


# Since when a replica has not had everything replayed, by alias.
_behind_since: dict[str, float] = {}


def _replica_problems(alias: str) -> Iterator[_Problem]:
    with connections[alias].cursor() as cursor:
        cursor.execute(_REPLICA)
        replica, behind, since_commit, streams = cursor.fetchone()
    if not replica:
        yield _Problem("no replica answers, so the primary is read")
        return
    if servers_of(settings.DATABASES[alias])[0].is_avoided():
        yield _Problem("cancels reads that are in the way of its replay, so the primary is read")
    if not behind:
        _behind_since.pop(alias, None)
    # After a quiet time the last commit is old although nothing is late; under writes something is always on its way.
    lag = min(time.monotonic() - _behind_since.setdefault(alias, time.monotonic()), since_commit or 0) if behind else 0
    if lag > in_force().replica_lag_seconds:
        yield _Problem(f"{lag:.0f} s behind its primary")
    if not streams:
        yield _Problem("not connected to its primary")


_up_to_date: set[str] = set()


def _missing_migrations(alias: str) -> str:
    """The first migration that this release needs and a schema lacks; none once it had them all. More are fine unless
    they contract, which `announcing` hears: release N and N-1 run on the same schema (invariant 9).
    """
    if alias in _up_to_date:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
        return ""
    applied = set(MigrationRecorder(connections[alias]).applied_migrations())
    for key in needed(schema_of_alias(alias)):
        if key not in applied:
            return ".".join(key)
    _up_to_date.add(alias)
    return ""


def _weight(alias: str) -> tuple[bool, bool, str]:
    schema = schema_of_alias(alias)
    return (schema not in NEEDED_FOR_READS, reading(schema) != alias, alias)
