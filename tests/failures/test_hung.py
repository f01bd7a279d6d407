"""Processes hang while people click: stopped with SIGSTOP, they accept connections and never answer."""

from __future__ import annotations

import time

import pytest

from bench.freezing import frozen
from router.limits import Limits
from tests.databases import database
from tests.failures.conftest import RETRY, Breaking
from tests.pods.conftest import Pods
from tests.running_cluster import RunningCluster, eventually
from tests.visitor import SIGN_IN, Visitor

pytestmark = pytest.mark.slow

# Twice what is promised, since the machine may be busy.
SOON_SECONDS = 4
TOO_LATE = "504 with Retry-After"
# Many times what a pod's threads could take in at once.
CLICKS = 300


@pytest.fixture
def pods(breakable_cluster: RunningCluster) -> Pods:
    return Pods(breakable_cluster)


def test_a_hung_primary_costs_no_read_and_refuses_writes_soon(
    breakable_cluster: RunningCluster, pods: Pods, while_people_click: Breaking
) -> None:
    with (
        while_people_click("the primary of `users`, `routes`, `admin` hangs") as clicks,
        Visitor(breakable_cluster, "us") as mia,
    ):
        form = mia.get(SIGN_IN)
        with frozen(breakable_cluster.pid("shared")):
            clicks.go_on(CLICKS)
            started = time.monotonic()
            refused = mia.fill_in(form, "mia")
            took = time.monotonic() - started
            ready = pods.get("pod_eu0", "/-/readiness", router=False)
        assert eventually(lambda: mia.fill_in(mia.get(SIGN_IN), "mia").status_code == 302)
    assert clicks.failed() == {}
    assert clicks.slowest() < SOON_SECONDS
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert took < SOON_SECONDS
    assert ready.status_code == 200
    assert {each["alias"] for each in ready.json()["degradations"]} >= {"users", "routes", "admin"}


@pytest.mark.parametrize("region", ["us", "eu"])
def test_a_hung_replica_costs_no_read(
    breakable_cluster: RunningCluster, pods: Pods, while_people_click: Breaking, region: str
) -> None:
    with (
        while_people_click(f"the replica of `users`, `routes`, `admin` in `{region}` hangs") as clicks,
        frozen(breakable_cluster.pid(f"shared-{region}")),
    ):
        clicks.go_on(CLICKS)
        assert pods.get(f"pod_{region}0", "/-/readiness", router=False).status_code == 200
    assert clicks.failed() == {}
    assert clicks.slowest() < SOON_SECONDS


def test_a_primary_that_takes_no_new_connections_costs_no_read(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    """Whoever lost their connection cannot have another."""
    with (
        while_people_click("the primary of `users`, `routes`, `admin` takes no new connections") as clicks,
        Visitor(breakable_cluster, "us") as mia,
        database(breakable_cluster, "shared", "users") as users_sql,
    ):
        form = mia.get(SIGN_IN)
        with frozen(breakable_cluster.pid("shared"), alone=True):
            users_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pods'")
            clicks.go_on(CLICKS)
            assert mia.fill_in(form, "mia").status_code == 503
    assert clicks.failed() == {}
    assert clicks.slowest() < SOON_SECONDS


def test_a_hung_server_of_pods_costs_only_their_pages(
    breakable_cluster: RunningCluster, pods: Pods, while_people_click: Breaking
) -> None:
    with (
        while_people_click("the server of `main` and `ci` in `eu` hangs") as clicks,
        frozen(breakable_cluster.pid("pods-eu")),
    ):
        clicks.go_on(CLICKS)
        assert eventually(lambda: pods.get("pod_eu0", "/-/readiness", router=False).status_code == 503)
        assert pods.get("pod_us0", "/-/readiness", router=False).status_code == 200
    assert clicks.failed(pods=["pod_us0", "pod_us1", ""]) == {}
    assert set(clicks.failed()) == {RETRY}
    assert clicks.slowest() < SOON_SECONDS


def test_a_hung_primary_and_replica_cost_one_region_what_its_own_databases_do_not_prove(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with (
        while_people_click("primary and `eu` replica hang") as clicks,
        frozen(breakable_cluster.pid("shared-eu")),
        frozen(breakable_cluster.pid("shared")),
    ):
        clicks.go_on(CLICKS)
    assert clicks.failed(routers=["us"], pods=["pod_us0", "pod_us1"]) == {}
    assert set(clicks.failed()) <= {RETRY}
    assert clicks.slowest() < SOON_SECONDS


def test_a_hung_pod_costs_only_its_own_pages(breakable_cluster: RunningCluster, while_people_click: Breaking) -> None:
    with while_people_click("`pod_eu1` hangs") as clicks, frozen(breakable_cluster.pid("pod_eu1")):
        eventually(lambda: clicks.failed(pods=["pod_eu1"])[RETRY])
        clicks.go_on(CLICKS)
    assert clicks.failed(pods=["pod_us0", "pod_us1", "pod_eu0", ""]) == {}
    # The first at each router waits for the pod; when that is known to hang, nobody does.
    assert clicks.failed()[TOO_LATE] <= 2
    assert set(clicks.failed()) <= {RETRY, TOO_LATE}
    assert clicks.slowest() < Limits().first_byte_seconds + SOON_SECONDS


def test_a_hung_router_costs_only_its_own_people(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("router `eu` hangs") as clicks, frozen(breakable_cluster.pid("router-eu")):
        clicks.go_on(CLICKS)
    assert clicks.failed(routers=["us"]) == {}


@pytest.mark.parametrize(("name", "seconds"), [("pod_eu1", 20), ("router-eu", 20), ("pods-eu", 30)])
def test_what_hangs_is_started_again(breakable_cluster: RunningCluster, name: str, seconds: int) -> None:
    before = breakable_cluster.pid(name)
    with frozen(before):
        after = eventually(lambda: (pid := breakable_cluster.pid(name)) != before and pid, 2 * seconds + 20)
    breakable_cluster.wait_until_healthy()
    report = breakable_cluster.processes()[name]
    why = f"did not answer for {seconds} s and was killed"
    assert report["last_end"] == why
    log = breakable_cluster.log("supervisor", 400)
    assert f" UTC: {name} {why}; restart {report['restarts']} in 0.1 s\n" in log
    assert f" UTC: {name} was started again as process {after}\n" in log
    [line] = [line for line in breakable_cluster.command("status").stdout.splitlines() if line.startswith(f"{name} ")]
    assert f"restarts: {report['restarts']} (last " in line
    assert f"ago: {why})" in line
