"""A replica whose replay waits for somebody's open transaction: reads wait behind it until they are ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.databases import database
from tests.failures.conftest import Breaking
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor

pytestmark = pytest.mark.slow

CLICKS = 300


@contextmanager
def replay_waiting(cluster: RunningCluster, schema: str, table: str) -> Iterator[None]:
    """An open transaction on the replica in `eu` has read a table, and the primary has locked it since."""
    with database(cluster, "shared-eu", schema) as replica, database(cluster, "shared", schema) as primary:
        replica("BEGIN")
        replica(f"SELECT 1 FROM {table} LIMIT 1")
        try:
            primary("BEGIN")
            primary(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            primary("COMMIT")
            yield
        finally:
            replica("ROLLBACK")


@pytest.mark.parametrize(("schema", "table"), [("routes", "routes"), ("users", "users")])
def test_reads_that_wait_for_replay_are_answered_by_the_primary(
    breakable_cluster: RunningCluster, while_people_click: Breaking, schema: str, table: str
) -> None:
    with (
        while_people_click(f"replay in `eu` waits for a reader of `{table}`") as clicks,
        Visitor(breakable_cluster, "eu") as visitor,
        Visitor(breakable_cluster, "eu") as mia,
    ):
        mia.sign_in("mia")
        with replay_waiting(breakable_cluster, schema, table):
            for _ in range(4):
                assert visitor.get("/nobodys/thing").status_code == 302
                assert mia.get("/nobodys/thing").status_code == 404
            clicks.go_on(CLICKS)
    assert clicks.failed() == {}
