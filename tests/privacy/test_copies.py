"""The matrix of pages while organizations are being moved: copies that lie on other pods tell nobody anything."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.moved_by_hand import ByHand
from tests.privacy.conftest import Kind, arrive
from tests.privacy.matrix import PARTS
from tests.privacy.test_matrix import UNCONFIRMED, violations
from tests.privacy.test_mixtures import AT_A_TIME
from tests.privacy.visitors import PEOPLE
from tests.running_cluster import RunningCluster

pytestmark = pytest.mark.slow

# Each with its pod and another one, where the global pages are served.
ORGANIZATIONS = {"my-organization": "pod_eu0", "eu-makers": "pod_eu1", "other-organization": "pod_us1"}
OTHER = "pod_us0"


@pytest.fixture(params=["incoming", "moved", "fenced"])
def being_moved(breakable_cluster: RunningCluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """All organizations but GitLab.com Public have copies on the legacy pod, in this state; or are fenced at home."""
    state: str = request.param
    moves = {ByHand(breakable_cluster, path): pod for path, pod in ORGANIZATIONS.items()}
    try:
        for move, home in moves.items():
            move.put(OTHER, "incoming" if state == "fenced" else state)
            move.copy(home, OTHER)
            if state == "fenced":
                move.put(home, "fenced")
        yield state
    finally:
        for move, home in moves.items():
            move.put(home, "active")
            move.purge(OTHER)


def test_each_kind_of_visitor_gets_what_is_declared(
    breakable_cluster: RunningCluster, kinds: dict[str, Kind], being_moved: str
) -> None:
    proven = kinds | {"administrator": arrive(breakable_cluster, PEOPLE["administrator"], confirmed=True)}
    asked = [
        (page, kind, (kinds if part in UNCONFIRMED else proven)[kind])
        for part, patterns in PARTS.items()
        for pages in patterns.values()
        for page in pages
        # A form is not begun while its organization is fenced, whoever sends it.
        if page.method == "GET" or being_moved != "fenced"
        for kind in kinds
    ]
    routers = breakable_cluster.topology.routers
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        found = threads.map(
            lambda at, one: list(violations(routers[("us", "eu")[at % 2]].address, *one)), range(len(asked)), asked
        )
        assert [each for some in found for each in some] == []
