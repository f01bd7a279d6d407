"""Nobody's schema is contracted under them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from operations.models import Contraction, PodAnnouncement
from operations.releases import deciding
from operations.releases.announcing import LOCK_KEY, Announcer
from operations.releases.deciding import EXPIRES, Step, call_the_roll, decide
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)

EXPANSION = Step("routes", ("routing", "0098_add"), "")
CONTRACTION = Step("routes", ("routing", "0099_drop"), "0.2")


def announce(pod: str, release: str, silent: timedelta = timedelta()) -> None:
    PodAnnouncement.objects.using("admin").create(
        pod_id=pod, host="here", release=release, started_at=timezone.now(), heard_at=timezone.now() - silent, serves={}
    )


def names(running: tuple[deciding.Running, ...]) -> list[str]:
    return [each.pod for each in running]


def test_it_works() -> None:
    announce("pod_us0", "0.2")
    decided, roll = decide([EXPANSION, CONTRACTION])
    assert decided == {CONTRACTION.key}
    assert names(roll.running) == ["pod_us0"]
    [row] = Contraction.objects.using("admin")
    assert (row.schema, row.app, row.name, row.since) == ("routes", "routing", "0099_drop", "0.2")


def test_a_pod_of_an_older_release_keeps_what_it_needs() -> None:
    announce("pod_us0", "0.2")
    announce("pod_eu0", "0.1.9")
    decided, roll = decide([EXPANSION, CONTRACTION])
    assert decided == set()
    assert names(roll.unable("0.2")) == ["pod_eu0"]
    assert str(roll.unable("0.2")[0]) == "pod_eu0 (release 0.1.9 on here, last heard from 0 s ago)"


def test_a_pod_that_fell_silent_counts_until_it_expires() -> None:
    announce("pod_eu0", "0.1", EXPIRES - timedelta(minutes=1))
    announce("pod_eu1", "0.1", EXPIRES + timedelta(minutes=1))
    decided, roll = decide([CONTRACTION])
    assert decided == set()
    assert (names(roll.running), names(roll.gone)) == (["pod_eu0"], ["pod_eu1"])


def test_the_operator_may_know_better() -> None:
    announce("pod_eu0", "0.1")
    decided, roll = decide([CONTRACTION], without={"pod_eu0"})
    assert decided == {CONTRACTION.key}
    assert names(roll.left_out) == ["pod_eu0"]


def test_what_was_decided_stays_so() -> None:
    decide([CONTRACTION])
    announce("pod_eu0", "0.1")
    assert decide([CONTRACTION])[0] == {CONTRACTION.key}


@pytest.mark.django_db(databases=["admin"], transaction=True)
def test_a_pod_that_starts_while_it_is_being_decided_hears_the_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RELEASE", "0.1")
    announcer, begun = Announcer(), threading.Event()

    def start() -> None:
        begun.set()
        announcer.announce(starts=True)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(using="admin"):
            with connections["admin"].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
            starting = pool.submit(start)
            assert begun.wait(10)
            assert names(call_the_roll().running) == []
            decide([CONTRACTION])
        starting.result(10)
    assert [each.name for each in announcer.heard.unstandable] == ["0099_drop"]
    assert names(call_the_roll().running) == ["pod_us0"]
