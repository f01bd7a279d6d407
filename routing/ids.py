"""Ids that are unique across pods (invariant 7): every pod numbers its `main` and `ci` rows in a range of its own.

The seed's "How do we guarantee unique ids across all pods". The upper bits of
an id name its range, and the range names the pod of birth, so that learn can
tell where an id was made without a table of ids.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from django.apps import apps
from django.db import connections, models, transaction
from django.db.backends.utils import CursorWrapper

from routing import marks
from routing.models import MAX_RANGES, IdRange
from schemas.identity import this_topology
from schemas.placement import schema_of
from topology import POD_LOCAL_SCHEMAS

RANGE_BITS = 40
RANGE_SIZE = 2**RANGE_BITS
LEGACY_RANGE = 0
LOCK_SECONDS = 5
# An id of no leased range asks the database again only after this time, whatever ids people try.
REFRESH_SECONDS = 5.0


class IdRangesExhausted(Exception):
    """All ranges are leased."""


def range_of(row_id: int) -> int:
    """The number of the range that an id lies in."""
    return row_id >> RANGE_BITS


def bounds(number: int) -> tuple[int, int]:
    """The first and the last id of a range; there is no id 0."""
    return max(number * RANGE_SIZE, 1), (number + 1) * RANGE_SIZE - 1


def lease(pod_name: str, *, using: str = "routes", another: bool = False) -> int:
    """The number of the pod's newest range, leased to it now unless it has one; range 0 is for the legacy pod.

    With `another`, a range of which nobody ever drew an id. Raises `IdRangesExhausted`.
    """
    leased = None if another else _newest(pod_name, using)
    if leased is not None:
        return leased
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute("LOCK TABLE id_ranges IN SHARE ROW EXCLUSIVE MODE")
        leased = None if another else _newest(pod_name, using)
        if leased is not None:
            return leased
        taken = IdRange.objects.using(using).values_list("number", flat=True)
        if not another and pod_name == this_topology().legacy_pod and LEGACY_RANGE not in taken:
            number = LEGACY_RANGE
        else:
            number = max(taken, default=LEGACY_RANGE) + 1
        if number >= MAX_RANGES:
            raise IdRangesExhausted(
                f"{pod_name} cannot lease a range of ids: all {MAX_RANGES} are leased; "
                "a removed pod's range may be leased again only when no id of it is left"
            )
        IdRange.objects.using(using).create(number=number, pod_id=pod_name)
        return number


def _newest(pod_name: str, using: str) -> int | None:
    leased = IdRange.objects.using(using).filter(pod_id=pod_name).order_by("-number")
    return leased.values_list("number", flat=True).first()


def apply_id_range(pod_name: str, using_main: str, using_ci: str, *, using_routes: str = "routes") -> int:
    """Make a pod's tables draw their ids from its newest range, and return how many sequences had to be changed.

    May be repeated: a sequence that has its range already is left alone, and none ever goes back.
    """
    first, last = bounds(lease(pod_name, using=using_routes))
    aliases = dict(zip(POD_LOCAL_SCHEMAS, (using_main, using_ci), strict=True))
    for using in aliases.values():
        marks.make(using)
    return sum(_restrict(using, _numbered_tables(schema), first, last) for schema, using in aliases.items())


def ranges_drawn_from(using: str, schema: str) -> set[int]:
    """Return the numbers of the ranges that a database's sequences are in; none before it was given one."""
    with connections[using].cursor() as cursor:
        found = [_sequence_of(cursor, table)[1:] for table in _numbered_tables(schema)]
    return {range_of(last) for first, last in found if (first, last) == bounds(range_of(last))}


def _numbered_tables(schema: str) -> list[str]:
    """The tables of a schema whose ids the database draws."""
    return [
        model._meta.db_table
        for model in apps.get_models()
        if schema_of(model) == schema and isinstance(model._meta.pk, models.AutoField | models.BigAutoField)
    ]


def _restrict(using: str, tables: Iterable[str], first: int, last: int) -> int:
    changed = 0
    with connections[using].cursor() as cursor:
        for table in tables:
            if _sequence_of(cursor, table)[1:] != (first, last):
                with transaction.atomic(using=using):
                    changed += _restrict_table(cursor, table, first, last)
    return changed


def _restrict_table(cursor: CursorWrapper, table: str, first: int, last: int) -> bool:
    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
    cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    sequence, *found = _sequence_of(cursor, table)
    if found == [first, last]:
        return False
    # Ids that were drawn before this range was set must not be drawn again.
    drawn = f"SELECT last_value FROM {sequence} WHERE is_called AND last_value BETWEEN %(first)s AND %(last)s"  # noqa: S608
    used = f"SELECT max(id) FROM {table} WHERE id BETWEEN %(first)s AND %(last)s"  # noqa: S608
    cursor.execute(f"SELECT greatest(%(first)s, ({used}) + 1, ({drawn}) + 1)", {"first": first, "last": last})
    (following,) = cursor.fetchone()
    cursor.execute(f"ALTER SEQUENCE {sequence} MINVALUE {first} MAXVALUE {last} START {first} RESTART {following}")
    return True


def _sequence_of(cursor: CursorWrapper, table: str) -> tuple[str, int, int]:
    cursor.execute(
        "SELECT seqrelid::regclass::text, seqmin, seqmax FROM pg_sequence "
        "WHERE seqrelid = pg_get_serial_sequence(%s, 'id')::regclass",
        [table],
    )
    name, lowest, highest = cursor.fetchone()
    return name, lowest, highest


class _PodsOfBirth:
    """What the id ranges said when last read. At most `MAX_RANGES` entries; safe between threads."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._read_at = float("-inf")
        self._reading = threading.Lock()

    def name_of(self, number: int) -> str | None:
        """The pod that a range is leased to, or None."""
        name = self._names.get(number)
        if name is None and 0 <= number < MAX_RANGES:
            with self._reading:
                if time.monotonic() - self._read_at >= REFRESH_SECONDS:
                    self._names = dict(IdRange.objects.values_list("number", "pod_id"))
                    self._read_at = time.monotonic()
                name = self._names.get(number)
        return name

    def forget(self) -> None:
        """Read again at the next question."""
        self._names, self._read_at = {}, float("-inf")


pods_of_birth = _PodsOfBirth()


def pod_of_birth(row_id: int) -> str:
    """The name of the pod that numbered a row, whether or not there is such a row.

    The legacy pod for an id of no leased range, as for one that a removed pod left behind.
    """
    topology = this_topology()
    name = pods_of_birth.name_of(range_of(row_id))
    return name if name is not None and name in topology.pods else topology.legacy_pod
