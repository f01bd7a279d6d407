"""A change is in force on every pod of both regions soon after its replica shows it, on the running cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.databases import Execute, database
from tests.running_cluster import RunningCluster, eventually

pytestmark = pytest.mark.slow
PODS = ("pod_us0", "pod_us1", "pod_eu0", "pod_eu1")
EU = ("pod_eu0", "pod_eu1")
STORE = """
    INSERT INTO application_settings (name, value, updated_at) VALUES (%s, %s, now())
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

Set = Callable[..., int]


@pytest.fixture
def admin(cluster: RunningCluster) -> Execute:
    """A connection for each statement: the server is stopped in between."""

    def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
        with database(cluster, "shared", "admin") as execute:
            return execute(statement, *values)

    return run


@pytest.fixture
def put(cluster: RunningCluster, admin: Execute) -> Iterator[Set]:
    """Store a value, given as JSON, and give the settings' version; afterwards nothing is stored."""

    def put(name: str, value: str) -> int:
        admin(STORE, name, value)
        [(version,)] = admin("SELECT version FROM settings_version")
        return int(version)

    yield put
    admin("DELETE FROM application_settings")
    eventually(lambda: not any(told_by(cluster, pod) for pod in PODS))


def version_on(cluster: RunningCluster, pod: str) -> int:
    return int(cluster.metrics(pod)[f'pods_settings_version{{pod="{pod}"}}'])


def acts_by(cluster: RunningCluster, version: int, *pods: str) -> None:
    """Waits until these pods act by a version."""
    eventually(lambda: {version_on(cluster, pod) for pod in pods} == {version})


def told_by(cluster: RunningCluster, pod: str) -> list[str]:
    """What the pod's readiness says of its settings."""
    found = httpx.get(f"{cluster.pod_url(pod)}/-/readiness", timeout=20).json()["degradations"]
    return [each["problem"] for each in found if each["alias"] == "settings"]


def is_ready(cluster: RunningCluster, pod: str) -> bool:
    return httpx.get(f"{cluster.pod_url(pod)}/-/readiness", timeout=20).status_code == 200


def test_it_reaches_every_pod_without_a_restart(cluster: RunningCluster, put: Set) -> None:
    before = {pod: cluster.pid(pod) for pod in PODS}
    command = cluster.manage("settings", "set", "maintenance_message", "{pod_id} of {region} rests at noon")
    assert command.returncode == 0, command.stderr
    version = put("session_hours", "5")
    acts_by(cluster, version, *PODS)
    assert [told_by(cluster, pod) for pod in PODS] == [[]] * len(PODS)
    assert {pod: cluster.pid(pod) for pod in PODS} == before


def test_a_late_replica_brings_it_late_and_nobody_else_waits(breakable_cluster: RunningCluster, put: Set) -> None:
    before = put("session_hours", "5")
    acts_by(breakable_cluster, before, *PODS)
    breakable_cluster.lag("eu", "60s")
    version = put("maintenance_message", '"soon"')
    acts_by(breakable_cluster, version, "pod_us0", "pod_us1")
    acts_by(breakable_cluster, before, *EU)
    breakable_cluster.lag("eu", "0")
    acts_by(breakable_cluster, version, *EU)


def test_without_the_admin_schema_pods_go_on_and_say_so(breakable_cluster: RunningCluster, put: Set) -> None:
    version = put("session_hours", "5")
    acts_by(breakable_cluster, version, *EU)
    for server in ("shared-eu", "shared"):
        breakable_cluster.ask("stop", server)
    eventually(lambda: all(told_by(breakable_cluster, pod) for pod in EU))
    for pod in EU:
        assert f"version {version} is in force, the last known" in told_by(breakable_cluster, pod)[0]
        assert version_on(breakable_cluster, pod) == version
    breakable_cluster.ask("start", "shared")
    breakable_cluster.ask("start", "shared-eu")
    eventually(lambda: not any(told_by(breakable_cluster, pod) for pod in EU))
    version = put("session_hours", "6")
    acts_by(breakable_cluster, version, *EU)


def test_a_pod_that_starts_without_the_admin_schema_acts_by_what_it_knew(
    breakable_cluster: RunningCluster, put: Set, admin: Execute
) -> None:
    version = put("session_hours", "5")
    eventually(lambda: version_on(breakable_cluster, "pod_eu0") == version)
    admin("ALTER TABLE settings_version RENAME TO settings_version_gone")
    try:
        eventually(lambda: told_by(breakable_cluster, "pod_eu0"))
        breakable_cluster.ask("stop", "pod_eu0")
        breakable_cluster.ask("start", "pod_eu0")
        assert is_ready(breakable_cluster, "pod_eu0")
        assert version_on(breakable_cluster, "pod_eu0") == version
        assert "the last known" in told_by(breakable_cluster, "pod_eu0")[0]
    finally:
        admin("ALTER TABLE settings_version_gone RENAME TO settings_version")
    eventually(lambda: not told_by(breakable_cluster, "pod_eu0"))


def test_what_cannot_be_used_kills_no_pod(cluster: RunningCluster, put: Set) -> None:
    acts_by(cluster, put("session_hours", "5"), *PODS)
    put("of_the_next_release", "[1]")
    acts_by(cluster, put("session_hours", '"long"'), *PODS)
    for pod in PODS:
        told = eventually(partial(told_by, cluster, pod))
        assert told[0].startswith(
            "invalid stored value, so the previous one stays in force: session_hours: Input should be a valid integer"
        )
        assert is_ready(cluster, pod)
    put("session_hours", "6")
    eventually(lambda: not any(told_by(cluster, pod) for pod in PODS))
