"""The shared databases are killed, stopped and held up while people read."""

from __future__ import annotations

import time

import pytest

from tests.failures.conftest import Breaking
from tests.running_cluster import RunningCluster
from tests.visitor import SIGN_IN, Visitor

pytestmark = pytest.mark.slow


def test_a_killed_replica_costs_no_read(breakable_cluster: RunningCluster, while_people_click: Breaking) -> None:
    with while_people_click("kill -9 of the replica of `users`, `routes`, `admin` in `eu`") as clicks:
        breakable_cluster.kill("shared-eu")
    assert clicks.failed() == {}


def test_reads_go_to_the_primary_while_the_replica_is_down(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("that replica down for 5 s") as clicks:
        breakable_cluster.ask("stop", "shared-eu")
        time.sleep(5)
        breakable_cluster.ask("start", "shared-eu")
    assert clicks.failed() == {}


def test_a_killed_primary_costs_no_read(breakable_cluster: RunningCluster, while_people_click: Breaking) -> None:
    with while_people_click("kill -9 of the primary of `users`, `routes`, `admin`") as clicks:
        breakable_cluster.kill("shared")
    assert clicks.failed() == {}


def test_without_the_primary_reads_go_on_and_writes_say_503(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("that primary down for 5 s") as clicks, Visitor(breakable_cluster, "us") as mia:
        form = mia.get(SIGN_IN)
        breakable_cluster.ask("stop", "shared")
        started = time.monotonic()
        refused = mia.fill_in(form, "mia")
        took = time.monotonic() - started
        time.sleep(max(0.0, 5 - took))
        breakable_cluster.ask("start", "shared")
        assert mia.fill_in(mia.get(SIGN_IN), "mia").status_code == 302
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert took < 5
    assert clicks.failed() == {}


def test_without_replica_and_primary_of_routes_a_pod_serves_what_it_can_prove(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("primary and `eu` replica down for 5 s") as clicks:
        breakable_cluster.ask("stop", "shared-eu")
        breakable_cluster.ask("stop", "shared")
        time.sleep(5)
        breakable_cluster.ask("start", "shared")
        breakable_cluster.ask("start", "shared-eu")
    assert clicks.failed(routers=["us"], pods=["pod_us0", "pod_us1"]) == {}
    assert set(clicks.failed()) <= {"503 with Retry-After"}


def test_a_database_server_of_pods_costs_only_their_pages(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("kill -9 of the server of `main` and `ci` in `eu`") as clicks:
        breakable_cluster.kill("pods-eu")
    assert clicks.failed(pods=["pod_us0", "pod_us1"]) == {}
    assert set(clicks.failed()) <= {"503 with Retry-After"}


def test_lag_costs_no_read_and_signs_nobody_out(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("replica in `eu` 3 s behind") as clicks:
        breakable_cluster.lag("eu", "3s")
        for _ in range(3):
            with Visitor(breakable_cluster, "us") as mia:
                mia.sign_in("mia")
                mia.region = "eu"
                assert mia.get("/my-company/my-project").status_code == 200
                assert mia.get("/my-company/my-project").status_code == 200
        breakable_cluster.lag("eu", "0")
    assert clicks.failed() == {}
