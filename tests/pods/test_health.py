from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Self

import pytest

from pods import health
from pods.health import Degradation, Watcher
from tests.databases import Execute, database
from tests.pods.conftest import Pods
from tests.running_cluster import RunningCluster, eventually


class GivenStatistics:
    """A connection whose every statement has one result."""

    def __init__(self, row: tuple[object, ...]) -> None:
        self._row = row

    def cursor(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def execute(self, statement: str) -> None:
        pass

    def fetchone(self) -> tuple[object, ...]:
        return self._row


def degraded(pods: Pods, pod: str) -> dict[str, str]:
    answer = pods.get(pod, "/-/readiness", router=False)
    return {each["alias"]: each["problem"] for each in answer.json()["degradations"]}


def status(pods: Pods, pod: str) -> int:
    return pods.get(pod, "/-/readiness", router=False).status_code


def test_it_works(pods: Pods) -> None:
    # A busy machine's replicas may be behind for a moment.
    eventually(lambda: degraded(pods, "pod_eu0") == {})
    answer = pods.get("pod_eu0", "/-/readiness", router=False)
    assert (answer.status_code, answer.json()["status"], answer.json()["pod"]) == (200, "ready", "pod_eu0")


def test_it_tells_nothing_about_a_pod_through_a_router(pods: Pods) -> None:
    assert pods.get("pod_eu0", "/-/readiness").json() == {"status": "ready"}
    debug = pods.get("pod_eu0", "/-/readiness", headers={"X-Gitlab-Debug-Token": "demo-debug"})
    assert debug.json()["pod"] == debug.headers["X-Gitlab-Pod"] == "pod_eu0"


@pytest.mark.slow
def test_a_pod_without_its_replica_is_ready_and_says_so(breakable_cluster: RunningCluster, pods: Pods) -> None:
    breakable_cluster.ask("stop", "shared-eu")
    eventually(lambda: "users_replica" in degraded(pods, "pod_eu0"))
    assert status(pods, "pod_eu0") == 200
    assert degraded(pods, "pod_us0") == {}


@pytest.mark.slow
def test_a_pod_without_the_shared_primary_is_ready_and_says_so(breakable_cluster: RunningCluster, pods: Pods) -> None:
    breakable_cluster.ask("stop", "shared")
    eventually(lambda: "users" in degraded(pods, "pod_eu0"))
    assert status(pods, "pod_eu0") == 200


@pytest.mark.slow
def test_a_pod_without_main_is_not(breakable_cluster: RunningCluster, pods: Pods) -> None:
    breakable_cluster.ask("stop", "pods-eu")
    eventually(lambda: status(pods, "pod_eu0") == 503)
    assert status(pods, "pod_us0") == 200
    assert pods.get("pod_eu0", "/-/liveness", router=False).status_code == 200


@pytest.mark.parametrize(("bound", "told"), [(5.0, True), (60.0, False)])
def test_from_when_lag_is_told_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, steer: Callable[..., None], bound: float, told: bool
) -> None:
    """The statistics of a replica that is 30 seconds behind cannot be had at will, so they are given."""
    monkeypatch.setattr(health, "connections", {"users_replica": GivenStatistics((True, True, 30.0, True))})
    monkeypatch.setitem(health._behind_since, "users_replica", time.monotonic() - 30)
    steer(replica_lag_seconds=bound)
    assert ["behind" in problem.words for problem in health._replica_problems("users_replica")] == [True] * told


@pytest.mark.slow
def test_a_replica_that_is_late_is_told(breakable_cluster: RunningCluster, pods: Pods, users_sql: Execute) -> None:
    breakable_cluster.lag("eu", "60s")
    users_sql("UPDATE users SET name = name")

    def late() -> bool:
        return "behind" in degraded(pods, "pod_eu0").get("users_replica", "")

    eventually(late, seconds=30)
    assert status(pods, "pod_eu0") == 200


@pytest.mark.slow
def test_a_schema_that_is_too_old_is_not_served(breakable_cluster: RunningCluster, pods: Pods) -> None:
    forget = "DELETE FROM django_migrations WHERE app = 'work' AND name = '0001_initial' RETURNING app, name, applied"
    with database(breakable_cluster, "pods-eu", "pod_eu1_main") as main:
        [row] = main(forget)
        try:
            breakable_cluster.ask("stop", "pod_eu1")
            process = breakable_cluster.manage("shell", "-c", LOOK, pod="pod_eu1")
            assert "False" in process.stdout, process.stderr
            assert "manage.py cluster migrate" in process.stdout
        finally:
            main("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", *row)


LOOK = """
from pods.health import look
found = look()
print(found.ready, found.degradations)
"""


class Stuck:
    """Stands for `look`: the database of `alias` answers while `answers` is set."""

    def __init__(self) -> None:
        self.alias = "users"
        self.asked, self.answers = threading.Event(), threading.Event()

    def __call__(self, note: Callable[[str], None]) -> health.Health:
        note(self.alias)
        self.asked.set()
        self.answers.wait(30)
        return health.Health(True, (), time.monotonic())


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stuck]:
    """A database that does not answer until it is told to."""
    found = Stuck()
    monkeypatch.setattr(health, "look", found)
    yield found
    found.answers.set()


@pytest.fixture
def watcher(stuck: Stuck) -> Iterator[Watcher]:
    found = Watcher()
    yield found
    stuck.answers.set()
    found.stop()


def test_a_database_that_does_not_answer_keeps_nobody_waiting(stuck: Stuck, watcher: Watcher) -> None:
    watcher.start()
    assert stuck.asked.wait(10)
    found = watcher.health()
    assert not found.ready
    assert found.degradations == (Degradation("users", "has not answered yet; this pod has just started"),)
    stuck.answers.set()
    assert eventually(lambda: watcher.health().ready)


@pytest.mark.parametrize(("alias", "ready"), [("users", False), ("admin", True)])
def test_an_answer_that_is_too_old_is_none(
    monkeypatch: pytest.MonkeyPatch, stuck: Stuck, watcher: Watcher, alias: str, ready: bool
) -> None:
    """What keeps the thread waiting is told with what was found before."""
    stuck.alias = alias
    stuck.answers.set()
    watcher.start()
    assert eventually(lambda: watcher.health().ready)
    monkeypatch.setattr(health, "OLDEST_SECONDS", -1.0)
    found = watcher.health()
    assert found.ready is ready
    assert found.degradations == (Degradation(alias, "does not answer in time"),)


def test_liveness_asks_nobody(pods: Pods) -> None:
    assert pods.get("pod_us0", "/-/liveness", router=False).text == "alive\n"


def test_metrics_are_labelled_by_pod(pods: Pods) -> None:
    metrics = pods.cluster.metrics("pod_eu1")
    ours = [sample for sample in metrics if sample.startswith("pods_") and "_bucket" not in sample]
    assert ours
    assert all('pod="pod_eu1"' in sample for sample in ours)
