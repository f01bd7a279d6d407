"""Invariant 3 with two at a time, on connections of their own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Namespace
from organizations.models import Organization
from routing import janitor
from routing.claims import Claim, PathTaken, claim
from routing.janitor import tidy
from routing.models import Route
from routing.outcomes.conclude import ClaimDied, conclude, record_alive
from tests.databases import ALIASES, waiting
from tests.running_cluster import eventually

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

AT_ONCE = timedelta(seconds=-1)

Start = Callable[..., "Future[Any]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run something in another thread, with connections of its own."""

    def alone(work: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return work(*arguments)
        finally:
            connections.close_all()

    with ThreadPoolExecutor() as pool:
        yield lambda work, *arguments: pool.submit(alone, work, *arguments)


def _create_slowly(claimed: Claim, go_on: threading.Event, recorded: threading.Event) -> None:
    with transaction.atomic(using="main"):
        entity = Namespace.objects.create(
            organization_id=claimed.organization_id, path=claimed.path, full_path=claimed.path, name="A"
        )
        record_alive(claimed, entity.pk)
        recorded.set()
        assert go_on.wait(20)


def test_a_janitor_waits_for_a_creator_who_is_about_to_commit(ours: Organization, start: Start) -> None:
    claimed = claim("a", ours.pk, "group", lifetime=AT_ONCE)
    go_on, recorded = threading.Event(), threading.Event()
    creator = start(_create_slowly, claimed, go_on, recorded)
    assert recorded.wait(20)
    janitor = start(conclude, claimed)
    eventually(lambda: waiting("main"))
    assert not janitor.done()
    go_on.set()
    creator.result(20)
    assert janitor.result(20) == "alive"
    assert Route.objects.using("routes").get(key="a").kind == "live"


def test_a_janitor_does_not_wait_for_ever(ours: Organization, start: Start) -> None:
    claimed = claim("a", ours.pk, "group", lifetime=AT_ONCE)
    go_on, recorded = threading.Event(), threading.Event()
    creator = start(_create_slowly, claimed, go_on, recorded)
    assert recorded.wait(20)
    began = time.monotonic()
    assert tidy("pod_us0") == Counter(left=1)
    assert time.monotonic() - began < 10
    go_on.set()
    creator.result(20)
    assert tidy("pod_us0") == Counter(settled=1)


def test_a_creator_waits_for_a_janitor_who_is_about_to_decide_and_makes_nothing(
    ours: Organization, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = claim("a", ours.pk, "group", lifetime=AT_ONCE)
    go_on, recorded = threading.Event(), threading.Event()
    go_on.set()
    with transaction.atomic(using="main"):
        with connections["main"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO claim_outcomes (claim_key, organization_id, outcome, created_at) "
                "VALUES (%s, %s, 'dead', now())",
                [claimed.key, ours.pk],
            )
        creator = start(_create_slowly, claimed, go_on, recorded)
        eventually(lambda: waiting("main"))
        assert not creator.done()
    with pytest.raises(ClaimDied):
        creator.result(20)
    assert not Namespace.objects.exists()


def test_a_creator_whose_commit_fails_leaves_nothing(ours: Organization, start: Start) -> None:
    claimed = claim("a", ours.pk, "group", lifetime=AT_ONCE)
    go_on, recorded = threading.Event(), threading.Event()
    creator = start(_create_slowly, claimed, go_on, recorded)
    assert recorded.wait(20)
    with connections["main"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
        )
    go_on.set()
    with pytest.raises(OperationalError):
        creator.result(20)
    assert tidy("pod_us0") == Counter(released=1)
    assert not Namespace.objects.exists()


def test_many_janitors_at_a_time_decide_once(ours: Organization, start: Start) -> None:
    for number in range(5):
        claim(f"a{number}", ours.pk, "group", lifetime=AT_ONCE)
    for tidying in [start(tidy, "pod_us0") for _ in range(4)]:
        tidying.result(30)
    assert not Route.objects.using("routes").filter(kind="claim").exists()


def test_one_of_many_gets_the_name(ours: Organization, theirs: Organization, start: Start) -> None:
    def attempt(organization: Organization) -> bool:
        try:
            create_namespace(organization.pk, "wanted", name="A")
        except PathTaken:
            return False
        return True

    attempts = [start(attempt, organization) for organization in (ours, theirs) * 4]
    assert sum(each.result(30) for each in attempts) == 1
    assert Namespace.objects.count() == 1


def test_a_claim_waits_for_a_flip_and_names_the_new_pod(ours: Organization, start: Start) -> None:
    with transaction.atomic(using="routes"):
        Organization.objects.filter(pk=ours.pk).update(pod_id="pod_eu0", epoch=2)
        claiming = start(claim, "a", ours.pk, "group")
        eventually(lambda: waiting("routes"))
        assert not claiming.done()
    claiming.result(20)
    assert Route.objects.using("routes").get(key="a").pod_id == "pod_eu0"


def test_a_flip_waits_for_a_claim_and_takes_it_along(ours: Organization, start: Start) -> None:
    def flip() -> None:
        Organization.objects.filter(pk=ours.pk).update(pod_id="pod_eu0", epoch=2)

    with transaction.atomic(using="routes"):
        with connections["routes"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, created_at) "
                "VALUES ('a', 'live', %s, 'pod_us0', 'group', 1, now())",
                [ours.pk],
            )
        flipping = start(flip)
        eventually(lambda: waiting("routes"))
        assert not flipping.done()
    flipping.result(20)
    assert Route.objects.using("routes").get(key="a").pod_id == "pod_eu0"


def test_a_pod_tidies_up_by_itself(ours: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(janitor, "PAUSE_SECONDS", 0.01)
    claim("a", ours.pk, "group", lifetime=AT_ONCE)
    stop = janitor.start("pod_us0")
    try:
        eventually(lambda: not Route.objects.using("routes").filter(key="a").exists())
    finally:
        stop.set()
        eventually(lambda: "janitor" not in {thread.name for thread in threading.enumerate()})
