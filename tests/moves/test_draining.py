"""`manage.py move drain`: every organization of a pod leaves it, and no more than asked for at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from moves.databases import Databases
from tests.moves.conftest import HURRIED, make_scene
from tests.running_cluster import RunningCluster, eventually
from topology.places import CHECKOUT

pytestmark = pytest.mark.slow

AT_ONCE = 2
# No other test moves anything from there.
SOURCE = "pod_us1"


@pytest.fixture
def closed(empty_cluster: RunningCluster) -> Iterator[None]:
    """The source gets no new organizations."""
    done = empty_cluster.manage("settings", "set", "placement_closed", f'["{SOURCE}"]')
    assert done.returncode == 0, done.stderr
    yield
    empty_cluster.manage("settings", "unset", "placement_closed")


def test_a_pod_that_gets_new_organizations_is_not_drained(empty_cluster: RunningCluster) -> None:
    done = empty_cluster.manage("move", "drain", SOURCE)
    assert done.returncode == 1
    assert f"{SOURCE} still gets new organizations" in done.stderr


def test_every_organization_leaves_a_few_at_a_time(
    empty_cluster: RunningCluster, all_databases: Databases, closed: None
) -> None:
    scenes = [make_scene(empty_cluster, all_databases, issues=20, source=SOURCE) for _ in range(3)]
    neighbour = make_scene(empty_cluster, all_databases, issues=20, source="pod_eu1")
    command = [sys.executable, "manage.py", "move", "drain", SOURCE, "--at-once", str(AT_ONCE), "--way-back", "0"]
    most = AT_ONCE
    with subprocess.Popen(
        command,
        env=empty_cluster.environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as draining:
        try:
            eventually(lambda: len(open_moves(all_databases)) == AT_ONCE)
            while draining.poll() is None:
                under_way = open_moves(all_databases)
                most = max(most, len([state for _, state in under_way if state not in {"settled", "purging"}]))
                for move, _ in under_way:
                    scenes[0].driver(move, tempo=HURRIED).once()
            told = draining.stdout.read() if draining.stdout else ""
        finally:
            draining.kill()
    assert draining.returncode == 0, told
    assert most == AT_ONCE
    assert [scene.owner()[0] == SOURCE for scene in scenes] == [False, False, False]
    assert on_the_source(all_databases) == []
    assert neighbour.owner() == ("pod_eu1", 1)
    for move, _ in open_moves(all_databases):
        scenes[0].drive(move, "done")
    assert [scene.number_of_rows(SOURCE) for scene in scenes] == [0, 0, 0]


def open_moves(databases: Databases) -> list[tuple[UUID, str]]:
    return databases.routes().run(
        "SELECT id, state FROM organization_moves WHERE source = %s AND state NOT IN ('done', 'aborted', 'returned')",
        (SOURCE,),
    )


def on_the_source(databases: Databases) -> list[str]:
    rows = databases.routes().run("SELECT path FROM organizations WHERE pod_id = %s AND state = 'active'", (SOURCE,))
    return [path for (path,) in rows]
