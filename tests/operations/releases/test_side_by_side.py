"""Pods of two releases on one shared schema, while it is expanded and then contracted under their requests."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.conf import settings

from cluster.tether import tethered
from tests.running_cluster import RunningCluster, eventually, running_cluster
from topology.places import CHECKOUT

EARLIER, LATER = "tests.operations.releases.earlier.settings", "tests.operations.releases.later.settings"
DEBUG = {"X-Gitlab-Debug-Token": "demo-debug"}
SLOW = 60.0


class TwoReleases:
    """A cluster of the earlier release, and what the later one does with it."""

    def __init__(self, cluster: RunningCluster, stack: ExitStack) -> None:
        self.cluster = cluster
        self.stack = stack
        self.later = RunningCluster(
            cluster.places.data.parent,
            offset=cluster.topology.port_offset,
            environment={"DJANGO_SETTINGS_MODULE": LATER},
        )

    def migrate(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`cluster migrate`, as the later release has it."""
        return self.later.command("migrate", *options, check=False)

    def serve(self, pod: str, release: RunningCluster) -> subprocess.Popen[bytes]:
        """A pod of a release, in place of the supervisor's."""
        self.cluster.ask("stop", pod)
        process = subprocess.Popen(
            [sys.executable, "-m", "pods.serve"],
            env=release.environment | {"POD_ID": pod, "PODS_TETHER": "1"},
            cwd=CHECKOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **tethered(),
        )
        self.stack.callback(process.wait, SLOW)
        self.stack.callback(process.terminate)
        return process

    def readiness(self, pod: str) -> tuple[int, dict[str, Any]]:
        """What a pod says of itself; status 0 while nobody answers."""
        try:
            answer = httpx.get(f"{self.cluster.pod_url(pod)}/-/readiness", timeout=10)
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()

    def wait_until_ready(self, pod: str) -> None:
        eventually(lambda: self.readiness(pod)[0] == 200, SLOW)

    def ask(self, router: str, path: str) -> httpx.Response:
        """A page through a router, with the release that served it among the headers."""
        return httpx.get(f"{self.cluster.url(router)}{path}", headers=DEBUG, timeout=20)

    @contextmanager
    def traffic(self) -> Iterator[set[str]]:
        """People who put something on the shelf through each router, and see it there, all the while; the releases
        that served them. Fails when one of them was not served well.
        """
        releases: set[str] = set()
        wrong: list[str] = []
        stop = threading.Event()
        people = [
            threading.Thread(target=self._come_and_go, args=(router, stop, releases, wrong))
            for router in self.cluster.topology.routers
        ]
        for person in people:
            person.start()
        try:
            yield releases
        finally:
            stop.set()
            for person in people:
                person.join(SLOW)
        assert wrong == []

    def _come_and_go(self, router: str, stop: threading.Event, releases: set[str], wrong: list[str]) -> None:
        url = f"{self.cluster.url(router)}/-/shelf"
        while not stop.wait(0.02):
            title = f"{router}-{uuid4()}"
            try:
                put = httpx.post(url, params={"title": title}, headers=DEBUG, timeout=20)
                seen = httpx.get(url, headers=DEBUG, timeout=20)
            except httpx.HTTPError as error:
                wrong.append(repr(error))
                return
            releases |= {each.headers.get("X-Gitlab-Pod-Release", "") for each in (put, seen)}
            if (put.status_code, seen.status_code) != (200, 200) or seen.json()["shelf"].count(title) != 1:
                wrong.append(f"{put.status_code}, {seen.status_code}: {seen.text[:500]}")
                return


@pytest.fixture
def two() -> Iterator[TwoReleases]:
    environment = {"DJANGO_SETTINGS_MODULE": EARLIER}
    with running_cluster("--no-demo", environment=environment) as cluster, ExitStack() as stack:
        yield TwoReleases(cluster, stack)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_schema_is_expanded_and_then_contracted_under_pods_of_two_releases(two: TwoReleases) -> None:
    everybody = set(two.cluster.topology.pods)
    checked = two.later.manage("check")
    assert checked.returncode == 0, checked.stderr

    plan = two.migrate("--plan").stdout.splitlines()
    assert "routes: shelves.0002_add_name expands" in plan
    assert named(next(line for line in plan if "0003" in line), everybody) == everybody

    with two.traffic() as releases:
        assert refused(two.migrate(), everybody) == everybody
    assert releases == {settings.RELEASE}
    assert not [line for line in two.migrate("--plan").stdout.splitlines() if "0002" in line]

    two.serve("pod_us0", two.later)
    two.wait_until_ready("pod_us0")
    with two.traffic() as releases:
        assert refused(two.migrate(), everybody) == everybody - {"pod_us0"}
        eventually(lambda: releases == {settings.RELEASE, "99.0"}, SLOW)
    the_latest_pod_serves_what_only_its_release_knows(two)

    killed = two.serve("pod_eu1", two.cluster)
    two.wait_until_ready("pod_eu1")
    killed.send_signal(signal.SIGKILL)
    for pod in ("pod_us1", "pod_eu0"):
        two.cluster.ask("stop", pod)
    assert refused(two.migrate(), everybody) == {"pod_eu1"}
    with two.traffic() as releases:
        done = two.migrate("--without", "pod_eu1")
    assert done.returncode == 0, done.stderr
    assert "is ignored (--without)" in done.stdout
    assert releases == {"99.0"}

    a_pod_of_the_earlier_release_is_told_that_it_is_too_old(two)


def the_latest_pod_serves_what_only_its_release_knows(two: TwoReleases) -> None:
    asked = {"method": "GET", "path_info": "/shelves"}
    learned = httpx.get(f"{two.cluster.pod_url('pod_eu0')}/api/v4/pods/learn", params=asked, timeout=20)
    assert learned.json() == {"path": "/shelves", "pod": "pod_us0", "source": "unknown", "exact": True}
    for router in two.cluster.topology.routers:
        answer = two.ask(router, "/shelves")
        assert answer.status_code == 200
        assert (answer.headers["X-Gitlab-Pod"], answer.headers["X-Gitlab-Pod-Release"]) == ("pod_us0", "99.0")


def a_pod_of_the_earlier_release_is_told_that_it_is_too_old(two: TwoReleases) -> None:
    two.serve("pod_eu0", two.cluster)
    # A pod that has just started is not ready either; it says so until it has asked its databases.
    eventually(lambda: "too new" in str(two.readiness("pod_eu0")), SLOW)
    status, said = two.readiness("pod_eu0")
    assert status == 503
    [problem] = [each["problem"] for each in said["degradations"] if each["alias"] == "routes"]
    assert "shelves.0003_drop_title removes what releases before 99.0 need" in problem
    with two.traffic() as releases:
        eventually(lambda: len(releases) > 0, SLOW)
    assert releases == {"99.0"}


def refused(done: subprocess.CompletedProcess[str], pods: set[str]) -> set[str]:
    """The pods that cannot stand the contraction."""
    assert done.returncode == 1, done.stdout
    [line] = [line for line in done.stderr.splitlines() if "shelves.0003_drop_title removes" in line]
    return named(line, pods)


def named(line: str, pods: set[str]) -> set[str]:
    return {pod for pod in pods if f"{pod} (release {settings.RELEASE} on " in line}
