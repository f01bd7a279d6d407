"""A pod says which release it runs, and hears what it cannot stand."""

from __future__ import annotations

import socket
from datetime import timedelta

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from operations.models import Contraction, PodAnnouncement
from operations.releases import announcing
from operations.releases.announcing import Announcer
from operations.releases.migrating import ReleaseInvalid, can_stand, order_of, serves
from pods import health
from tests.databases import ALIASES
from tests.running_cluster import RunningCluster, eventually

pytestmark = pytest.mark.django_db(databases=ALIASES)
committed = pytest.mark.django_db(databases=["admin"], transaction=True)


def decide(since: str) -> Contraction:
    return Contraction.objects.using("admin").create(
        schema="routes", app="routing", name="0099_drop", since=since, decided_at=timezone.now()
    )


def test_it_works() -> None:
    announcer = Announcer()
    announcer.announce(starts=True)
    [row] = PodAnnouncement.objects.using("admin")
    assert (row.pod_id, row.host, row.release) == ("pod_us0", socket.gethostname(), settings.RELEASE)
    assert row.serves["routes"]["newest"]["routing"] >= "0001_initial"
    assert announcer.heard == announcing.Heard()
    announcer.withdraw()
    assert not PodAnnouncement.objects.using("admin").exists()


@committed
def test_a_pod_that_goes_on_keeps_one_row_and_its_start() -> None:
    announcer = Announcer()
    announcer.announce(starts=True)
    [first] = PodAnnouncement.objects.using("admin")
    announcer.announce()
    [later] = PodAnnouncement.objects.using("admin")
    assert later.started_at == first.started_at
    assert later.heard_at > first.heard_at


@pytest.mark.parametrize("since", ["0.0.1", settings.RELEASE])
def test_it_stands_what_contracts_since_its_own_release_or_an_older_one(since: str) -> None:
    decide(since)
    announcer = Announcer()
    announcer.announce()
    assert announcer.heard.unstandable == ()


def test_a_pod_is_not_ready_on_a_schema_that_was_contracted_beyond_it(monkeypatch: pytest.MonkeyPatch) -> None:
    decision = decide("99.1")
    announcer = Announcer()
    announcer.announce()
    assert announcer.heard.unstandable == (decision,)

    monkeypatch.setattr(announcing, "this_pods", announcer)
    monkeypatch.setattr(health, "aliases", list)
    found = health.look()
    assert not found.ready
    [(alias, problem)] = found.degradations
    assert alias == "routes"
    assert "routing.0099_drop removes what releases before 99.1 need" in problem
    assert f"this is {settings.RELEASE}; run 99.1 or later" in problem


@committed
def test_a_pod_that_cannot_be_announced_serves_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    announcer = Announcer()
    announcer.announce(starts=True)
    with psycopg.connect(**connections["admin"].get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("LOCK TABLE pod_announcements")
        announcer.announce()
    assert "lock" in announcer.heard.problem

    monkeypatch.setattr(announcing, "this_pods", announcer)
    monkeypatch.setattr(health, "aliases", list)
    found = health.look()
    assert found.ready
    assert found.degradations[0].alias == "admin"
    assert found.degradations[0].problem.startswith("this pod cannot be announced: ")

    announcer.announce()
    assert announcer.heard.problem == ""


def test_announcements_of_pods_that_are_long_gone_are_forgotten() -> None:
    gone = {"release": "0.0.9", "started_at": timezone.now(), "serves": {}}
    for pod, heard_at in (("gone", timezone.now() - timedelta(days=2)), ("late", timezone.now())):
        PodAnnouncement.objects.using("admin").create(pod_id=pod, host="elsewhere", heard_at=heard_at, **gone)
    Announcer().announce()
    assert {row.pod_id for row in PodAnnouncement.objects.using("admin")} == {"late", "pod_us0"}


def test_releases_are_sorted_as_numbers() -> None:
    assert order_of("0.10.0") > order_of("0.9.1") > order_of("0.9")
    assert can_stand("0.10.0", "0.9.1")
    assert not can_stand("0.9", "0.9.1")
    with pytest.raises(ReleaseInvalid, match="use numbers with dots"):
        order_of("next")


def announced(cluster: RunningCluster) -> set[str]:
    found = cluster.manage("shell", "-v", "0", "-c", ANNOUNCED, pod="pod_us0")
    assert found.returncode == 0, found.stderr
    return set(found.stdout.split())


ANNOUNCED = """
from operations.models import PodAnnouncement
print(*PodAnnouncement.objects.using("admin").values_list("pod_id", flat=True))
"""


@pytest.mark.slow
def test_pods_are_announced_while_they_run(breakable_cluster: RunningCluster) -> None:
    assert announced(breakable_cluster) == set(breakable_cluster.topology.pods)
    breakable_cluster.ask("stop", "pod_eu1")
    assert announced(breakable_cluster) == set(breakable_cluster.topology.pods) - {"pod_eu1"}
    breakable_cluster.ask("start", "pod_eu1")
    assert announced(breakable_cluster) == set(breakable_cluster.topology.pods)


@pytest.mark.slow
def test_a_pod_that_starts_while_the_admin_schema_is_down_serves(breakable_cluster: RunningCluster) -> None:
    def problems() -> dict[str, str] | None:
        try:
            answer = httpx.get(f"{breakable_cluster.pod_url('pod_eu0')}/-/readiness", timeout=10)
        except httpx.HTTPError:
            return None
        found = {each["alias"]: each["problem"] for each in answer.json()["degradations"]}
        return found if answer.status_code == 200 else None

    breakable_cluster.ask("stop", "pod_eu0")
    breakable_cluster.ask("stop", "shared")
    breakable_cluster.ask("start", "pod_eu0")
    said = eventually(problems)
    assert said
    assert "admin" in said
    breakable_cluster.ask("start", "shared")
    eventually(lambda: problems() == {}, 60)
    assert "pod_eu0" in announced(breakable_cluster)


def test_readiness_and_metrics_show_the_release(cluster: RunningCluster) -> None:
    answer = httpx.get(f"{cluster.pod_url('pod_eu0')}/-/readiness", timeout=10).json()
    assert answer["release"] == settings.RELEASE
    assert answer["serves"] == serves()
    assert cluster.metrics("pod_eu0")[f'pods_release{{pod="pod_eu0",release="{settings.RELEASE}"}}'] == 1
    assert cluster.manage("version").stdout.strip() == settings.RELEASE


def test_those_who_may_know_are_told_which_release_answered(cluster: RunningCluster) -> None:
    answer = httpx.get(f"{cluster.url()}/", headers={"X-Gitlab-Debug-Token": "demo-debug"}, timeout=10)
    assert answer.headers["X-Gitlab-Pod-Release"] == settings.RELEASE
    assert "X-Gitlab-Pod-Release" not in httpx.get(f"{cluster.url()}/", timeout=10).headers
