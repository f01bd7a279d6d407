"""Which pods run, and whether a shared schema may be contracted while they do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connections, transaction
from django.db.models import F
from django.db.models.functions import Now

from operations.models import Contraction, PodAnnouncement
from operations.releases.announcing import LOCK_KEY, SCHEMA
from operations.releases.migrating import Key, can_stand

# A pod that was not heard from for this long counts as stopped.
EXPIRES = timedelta(minutes=5)
LOCK_SECONDS = 10


@dataclass(frozen=True, order=True)
class Running:
    """A pod's announcement; `silent` is how many seconds ago the pod was last heard from."""

    pod: str
    host: str
    release: str
    silent: float

    def __str__(self) -> str:
        return f"{self.pod} (release {self.release} on {self.host}, last heard from {_ago(self.silent)} ago)"


@dataclass(frozen=True)
class Roll:
    """The pods that count, those that count as stopped, and those that the operator left out."""

    running: tuple[Running, ...] = ()
    gone: tuple[Running, ...] = ()
    left_out: tuple[Running, ...] = ()

    def unable(self, since: str) -> tuple[Running, ...]:
        """Return the running pods that do not support what contracts since a release."""
        return tuple(each for each in self.running if not can_stand(each.release, since))


@dataclass(frozen=True)
class Step:
    """One unapplied migration of a schema; `since` is empty when it expands."""

    schema: str
    key: Key
    since: str


def call_the_roll(without: Collection[str] = ()) -> Roll:
    """Return the pods that announced themselves; none while the table does not exist. `without` names pods to leave
    out.
    """
    if not _is_there():
        return Roll()
    running = [
        Running(row.pod_id, row.host, row.release, row.silent.total_seconds())
        for row in PodAnnouncement.objects.using(SCHEMA).annotate(silent=Now() - F("heard_at")).order_by("pod_id")
    ]
    left_out = tuple(each for each in running if each.pod in without)
    gone = tuple(each for each in running if each not in left_out and each.silent > EXPIRES.total_seconds())
    return Roll(tuple(each for each in running if each not in left_out and each not in gone), gone, left_out)


def decided() -> frozenset[Key]:
    """Return the contractions that were decided. A pod that does not support one refuses to serve."""
    return frozenset(Contraction.objects.using(SCHEMA).values_list("app", "name")) if _is_there() else frozenset()


def decide(steps: Iterable[Step], without: Collection[str] = ()) -> tuple[frozenset[Key], Roll]:
    """Decide each contraction that all running pods support. Return the decided contractions, and the pods.

    Holds the lock exclusively: no pod announces itself meanwhile, and a pod that does so afterwards sees the decision.
    """
    with transaction.atomic(using=SCHEMA):
        with connections[SCHEMA].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        roll = call_the_roll(without)
        Contraction.objects.using(SCHEMA).bulk_create(
            [
                Contraction(schema=step.schema, app=step.key[0], name=step.key[1], since=step.since, decided_at=Now())
                for step in steps
                if step.since and not roll.unable(step.since)
            ],
            ignore_conflicts=True,
        )
        return decided(), roll


def _is_there() -> bool:
    connection = connections[SCHEMA]
    return Contraction._meta.db_table in connection.introspection.table_names()


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
