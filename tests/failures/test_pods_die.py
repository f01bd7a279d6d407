"""Pods are killed while people read."""

from __future__ import annotations

import time

import pytest

from tests.failures.conftest import RETRY, Breaking
from tests.running_cluster import RunningCluster, eventually
from topology.places import router_process

pytestmark = pytest.mark.slow

EU_PODS = ("pod_eu0", "pod_eu1")
US_PODS = ("pod_us0", "pod_us1")


def test_a_killed_pod_costs_only_its_own_pages(breakable_cluster: RunningCluster, while_people_click: Breaking) -> None:
    with while_people_click("kill -9 of `pod_eu1`") as clicks:
        killed = breakable_cluster.kill("pod_eu1")
        eventually(lambda: breakable_cluster.processes()["pod_eu1"]["pid"] not in {None, killed})
    assert clicks.failed(pods=["pod_us0", "pod_us1", "pod_eu0", ""]) == {}
    assert set(clicks.failed()) <= {RETRY}


def test_a_stopped_pod_costs_only_its_own_pages(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("`pod_eu1` down for 5 s") as clicks:
        breakable_cluster.ask("stop", "pod_eu1")
        time.sleep(5)
        breakable_cluster.ask("start", "pod_eu1")
    assert clicks.failed(pods=["pod_us0", "pod_us1", "pod_eu0", ""]) == {}
    assert set(clicks.failed()) <= {RETRY}
    assert clicks.slowest() < 5


def test_without_the_pods_of_a_region_its_router_serves_the_others(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("kill -9 of both pods in `eu`") as clicks:
        for pod in EU_PODS:
            breakable_cluster.kill(pod)
    assert clicks.failed(pods=US_PODS) == {}
    assert clicks.failed(routers=["us"], pods=["", *US_PODS]) == {}
    assert set(clicks.failed()) <= {RETRY}


def test_a_region_without_pods_reads_those_of_the_other(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("both pods in `eu` down for 5 s") as clicks:
        for pod in EU_PODS:
            breakable_cluster.ask("stop", pod)
        time.sleep(5)
        for pod in EU_PODS:
            breakable_cluster.ask("start", pod)
    assert clicks.failed(pods=US_PODS) == {}
    assert set(clicks.failed(pods=EU_PODS)) <= {RETRY}
    assert set(clicks.failed(pods=[""])) <= {RETRY}


def test_a_killed_router_comes_back_and_the_other_one_loses_nothing(
    breakable_cluster: RunningCluster, while_people_click: Breaking
) -> None:
    with while_people_click("kill -9 of router `eu`") as clicks:
        breakable_cluster.kill(router_process("eu"))
    assert clicks.failed(routers=["us"]) == {}
    assert set(clicks.failed()) <= {"ConnectError", "RemoteProtocolError", "ReadError"}
    assert clicks.outage() < 5
