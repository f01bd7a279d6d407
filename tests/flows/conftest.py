"""The seed's request flows, watched from where operators watch: access logs of routers, counters of pods."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from tests.running_cluster import RunningCluster, eventually
from tests.visitor import Visitor
from topology.places import router_process

# What programs ask: the supervisor and `cluster status`, through routers too.
NOT_OURS = {"/-/readiness", "/-/metrics"}
LEARN_COUNTER = "pods_learn_total{"


class Seen(NamedTuple):
    """One request as a router's access log tells it."""

    request: str
    status: int
    pod: str
    cache: str
    questions: int
    """That it asked of learn, 0 or 1."""


class Watched:
    """What happened in a block; complete after it."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.learned: dict[str, int] = {}
        """Questions that the pods of each region answered; regions without one are left out."""


class Watch:
    """Looks at a cluster."""

    def __init__(self, cluster: RunningCluster, visitor: Visitor, before: dict[str, int]) -> None:
        self._cluster = cluster
        self._visitor = visitor
        self._before = before

    @contextmanager
    def __call__(self) -> Iterator[Watched]:
        """What the visitor's requests in the block did, at the router of the region that they are in."""
        region, watched, answered = self._visitor.region, Watched(), self._answered()
        first = self._visitor.sent[region]
        yield watched
        watched.requests = [_seen(line) for line in self._log(region)[first:]]
        after = self._answered()
        watched.learned = {name: after[name] - answered[name] for name in after if after[name] != answered[name]}

    def _log(self, region: str) -> list[dict[str, Any]]:
        """One entry for each request that the visitor has sent; Envoy writes them a moment later."""

        def written() -> list[dict[str, Any]] | None:
            log = entries(self._cluster, region)[self._before[region] :]
            return log if len(log) >= self._visitor.sent[region] else None

        return eventually(written) or []

    def _answered(self) -> dict[str, int]:
        topology = self._cluster.topology
        return {
            region: sum(self._answered_by(pod.name) for pod in topology.pods_of(region)) for region in topology.regions
        }

    def _answered_by(self, pod: str) -> int:
        metrics = self._cluster.metrics(pod)
        return int(sum(value for sample, value in metrics.items() if sample.startswith(LEARN_COUNTER)))


def entries(cluster: RunningCluster, region: str) -> list[dict[str, Any]]:
    """A router's access log without what the cluster asks for itself."""
    return [line for line in cluster.access_log(region) if line["path"] not in NOT_OURS]


def _seen(line: dict[str, Any]) -> Seen:
    return Seen(
        f"{line['method']} {line['path']}", line["status"], line["pod"], line["cache"], int(line["learned"] or 0)
    )


@pytest.fixture
def cold(cluster: RunningCluster) -> RunningCluster:
    """The cluster with routers that remember nothing."""

    def restart(router: str) -> None:
        cluster.ask("stop", router_process(router))
        cluster.ask("start", router_process(router))

    with ThreadPoolExecutor() as threads:
        list(threads.map(restart, cluster.topology.routers))
    return cluster


@pytest.fixture
def logged_before(cold: RunningCluster) -> dict[str, int]:
    """Entries of each router's access log before anybody of this test came."""
    return {region: len(entries(cold, region)) for region in cold.topology.routers}


@pytest.fixture
def european(cold: RunningCluster, logged_before: dict[str, int]) -> Iterator[Visitor]:
    """Somebody in Europe: DNS resolves to the router there."""
    with Visitor(cold, "eu") as visitor:
        yield visitor


@pytest.fixture
def american(cold: RunningCluster, logged_before: dict[str, int]) -> Iterator[Visitor]:
    """Somebody in the US."""
    with Visitor(cold, "us") as visitor:
        yield visitor


@pytest.fixture
def mia(european: Visitor) -> Visitor:
    """The paying user, signed in; the router remembers what that took."""
    european.sign_in("mia")
    return european


@pytest.fixture
def team_member(american: Visitor) -> Visitor:
    """The GitLab team member, signed in."""
    american.sign_in("team-member")
    return american


@pytest.fixture
def watching_europe(cold: RunningCluster, european: Visitor, logged_before: dict[str, int]) -> Watch:
    return Watch(cold, european, logged_before)


@pytest.fixture
def watching_america(cold: RunningCluster, american: Visitor, logged_before: dict[str, int]) -> Watch:
    return Watch(cold, american, logged_before)
