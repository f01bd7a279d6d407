"""Any part may be down or hang: it is shown as such, the others as they are, and in bounded time."""

from __future__ import annotations

import time

import pytest

from bench.freezing import frozen
from operations.survey import Facts
from operations.survey.facts import PodFacts, ServerFacts
from operations.survey.surveyor import WAIT_SECONDS
from tests.operations.survey.conftest import Look, part, troubles
from tests.running_cluster import RunningCluster, eventually

pytestmark = pytest.mark.slow

REPLICAS_ALONE = {"shared": "down", "shared-us": "degraded", "shared-eu": "degraded"}


def is_told(look: Look, expected: dict[str, str]) -> bool:
    """Whether these parts, and no others but pods that miss a database, are not well."""
    found = troubles(look())
    others = {name: state for name, state in found.items() if name not in expected}
    return found.items() >= expected.items() and set(others.values()) <= {"degraded"}


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        ("pod_eu1", {"pod_eu1": "down"}),
        ("router-eu", {"eu": "down"}),
        ("shared-eu", {"shared-eu": "down"}),
        ("shared", REPLICAS_ALONE),
        ("pods-eu", {"pods-eu": "down", "pod_eu0": "down", "pod_eu1": "down"}),
    ],
)
def test_what_is_stopped_is_down(
    breakable_cluster: RunningCluster, look: Look, process: str, expected: dict[str, str]
) -> None:
    breakable_cluster.ask("stop", process)
    eventually(lambda: is_told(look, expected), 30)
    assert all(part.problems for part in look().parts if part.state == "down")
    breakable_cluster.ask("start", process)
    eventually(lambda: not expected.items() & troubles(look()).items(), 60)


def test_organizations_are_counted_while_the_primary_is_down(breakable_cluster: RunningCluster, look: Look) -> None:
    breakable_cluster.ask("stop", "shared")
    eventually(lambda: is_told(look, REPLICAS_ALONE), 30)
    assert [pod.organizations for pod in pods_of(look()) if pod.organizations is None] == []


def test_everything_may_be_down(breakable_cluster: RunningCluster, look: Look) -> None:
    names = list(breakable_cluster.processes())
    for name in reversed(names):
        breakable_cluster.ask("stop", name)
    eventually(lambda: {part.state for part in look().parts} == {"down"}, 30)
    assert {pod.learn.per_second for pod in pods_of(look())} == {None}
    for name in names:
        breakable_cluster.ask("start", name)


@pytest.mark.parametrize(
    ("process", "kind"), [("shared", ServerFacts), ("shared-eu", ServerFacts), ("pod_eu1", PodFacts)]
)
def test_what_hangs_is_down_and_keeps_nobody_waiting(
    breakable_cluster: RunningCluster, look: Look, process: str, kind: type[PodFacts] | type[ServerFacts]
) -> None:
    with frozen(breakable_cluster.pid(process)):
        began = time.monotonic()
        eventually(lambda: part(look(), kind, process).state == "down", 60)
        look()
        assert time.monotonic() - began < 60 + WAIT_SECONDS
    eventually(lambda: part(look(), kind, process).state != "down", 60)


def pods_of(facts: Facts) -> list[PodFacts]:
    return [part for part in facts.parts if isinstance(part, PodFacts)]
