"""Who runs, and whether a shared schema may be contracted under them."""

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

# A pod that was not heard of for so long is taken for gone.
EXPIRES = timedelta(minutes=5)
LOCK_SECONDS = 10


@dataclass(frozen=True, order=True)
class Running:
    """An announcement that somebody reads: how long ago the pod was heard of, in seconds."""

    pod: str
    host: str
    release: str
    silent: float

    def __str__(self) -> str:
        return f"{self.pod} (release {self.release} on {self.host}, heard of {_ago(self.silent)} ago)"


@dataclass(frozen=True)
class Roll:
    """Whose release counts, who is taken for gone, and whom the operator left out."""

    running: tuple[Running, ...] = ()
    gone: tuple[Running, ...] = ()
    left_out: tuple[Running, ...] = ()

    def unable(self, since: str) -> tuple[Running, ...]:
        """The running pods that cannot stand what contracts since a release."""
        return tuple(each for each in self.running if not can_stand(each.release, since))


@dataclass(frozen=True)
class Step:
    """One migration that a schema lacks; `since` is empty when it expands."""

    schema: str
    key: Key
    since: str


def call_the_roll(without: Collection[str] = ()) -> Roll:
    """Everybody who announced themselves; nobody where there is no table yet. `without` names pods to leave out."""
    if not _is_there():
        return Roll()
    found = [
        Running(row.pod_id, row.host, row.release, row.silent.total_seconds())
        for row in PodAnnouncement.objects.using(SCHEMA).annotate(silent=Now() - F("heard_at")).order_by("pod_id")
    ]
    left_out = tuple(each for each in found if each.pod in without)
    gone = tuple(each for each in found if each not in left_out and each.silent > EXPIRES.total_seconds())
    return Roll(tuple(each for each in found if each not in left_out and each not in gone), gone, left_out)


def decided() -> frozenset[Key]:
    """The contractions that were decided. A pod that cannot stand one knows that it must not serve."""
    return frozenset(Contraction.objects.using(SCHEMA).values_list("app", "name")) if _is_there() else frozenset()


def decide(steps: Iterable[Step], without: Collection[str] = ()) -> tuple[frozenset[Key], Roll]:
    """Decide each contraction that all running pods can stand; which are decided now, and who was asked.

    Alone: no pod announces itself meanwhile, and one that does so afterwards finds the decision.
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
