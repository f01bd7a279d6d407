"""Two pods that see different things of one organization never play ping-pong with its requests."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from cluster.postgres import SUPERUSER
from tests.failures.conftest import RETRY
from tests.failures.traffic import Clicks, traffic
from tests.running_cluster import RunningCluster
from topology.places import SOCKET_PORT

pytestmark = pytest.mark.slow

PATH, ORGANIZATION = "/makers", "eu-makers"
HOME, AWAY = "pod_eu1", "pod_us1"


class Flip:
    """A change of the pod of an organization as a move makes it, without its rows."""

    def __init__(self, cluster: RunningCluster) -> None:
        self._cluster = cluster

    def to(self, target: str, source: str) -> int:
        """The new epoch. The source stops first, so never do two pods serve."""
        epoch = self._run("shared", "routes", "SELECT epoch FROM organizations WHERE path = %s", ORGANIZATION) + 1
        organization = self._run("shared", "routes", "SELECT id FROM organizations WHERE path = %s", ORGANIZATION)
        self._state(source, organization, "moved", epoch)
        self._state(target, organization, "active", epoch)
        update = "UPDATE organizations SET pod_id = %s, epoch = %s WHERE id = %s RETURNING id"
        self._run("shared", "routes", update, target, epoch, organization)
        return epoch

    def _state(self, pod: str, organization: int, state: str, epoch: int) -> None:
        placement = self._cluster.topology.pod(pod).schemas["main"]
        self._run(
            placement.server,
            placement.database,
            "INSERT INTO organization_state (id, state, epoch) VALUES (%s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state, epoch = excluded.epoch RETURNING id",
            *(organization, state, epoch),
        )

    def _run(self, server: str, database: str, statement: str, *values: object) -> int:
        socket = self._cluster.places.server_socket(self._cluster.topology.server(server))
        with psycopg.connect(host=str(socket), port=SOCKET_PORT, user=SUPERUSER, dbname=database) as connection:
            row = connection.execute(statement, values).fetchone()
            assert row
            return int(row[0])


@pytest.fixture
def flip(breakable_cluster: RunningCluster) -> Iterator[Flip]:
    flip = Flip(breakable_cluster)
    yield flip
    flip.to(HOME, AWAY)


@pytest.mark.parametrize("behind", ["eu", "us"])
def test_a_pod_with_an_old_view_asks_instead_of_sending_back(
    breakable_cluster: RunningCluster, flip: Flip, behind: str
) -> None:
    before = {router: len(breakable_cluster.access_log(router)) for router in ("us", "eu")}
    breakable_cluster.lag(behind, "4s")
    with traffic(breakable_cluster, [Clicks("us", PATH, HOME), Clicks("eu", PATH, HOME)]) as clicks:
        for source, target in ((HOME, AWAY), (AWAY, HOME), (HOME, AWAY)):
            flip.to(target, source)
            clicks.go_on(20)
    # Signed out and without the rows, the target answers with the redirect to sign-in.
    assert {click.kind for click in clicks.clicks} <= {"ok", "302", RETRY}
    assert clicks.failed()[RETRY] <= 6
    _no_ping_pong(breakable_cluster, before)


def _no_ping_pong(cluster: RunningCluster, before: dict[str, int]) -> None:
    lines = [
        line for router in ("us", "eu") for line in cluster.access_log(router)[before[router] :] if line["path"] == PATH
    ]
    assert lines
    assert max(int(line["hops"]) for line in lines) <= 2
    assert sum(int(line["hops"]) > 1 for line in lines) <= 12
