"""A move that is slow enough to be looked at, for the pictures of the docs."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from tests.browser.pages import MainPage
from tests.databases import database
from tests.running_cluster import RunningCluster, eventually

ORGANIZATION, PROJECT = "acme", "acme-engineering/rockets"
SOURCE, TARGET = "pod_eu0", "pod_us1"
ROWS, ROWS_A_SECOND = 4000, 250
MOVE_SECONDS = 120.0
FILL = """
    INSERT INTO issues (organization_id, project_id, iid, title, description, state, author_id, created_at)
    SELECT organization_id, id, n, 'Issue ' || n, 'It is about ' || n, 'open', 0, now()
    FROM projects, generate_series(1, %s) n WHERE full_path = %s
"""
STANDS = """
    SELECT m.id, m.state, m.certificate IS NOT NULL,
        coalesce((SELECT sum(rows) FROM organization_move_tables WHERE move_id = m.id), 0)
    FROM organization_moves m JOIN organizations o ON o.id = m.organization_id WHERE o.path = %s
"""


def pages_of_a_move(cluster: RunningCluster) -> Iterator[MainPage]:
    """Yield each page when it shows what the docs speak of."""
    _organize(cluster)
    yield MainPage("admin-start-a-move", "root", "/admin/moves/start", is_pictured_whole=True)
    _manage(cluster, "move", "start", ORGANIZATION, TARGET, "--rate", str(ROWS_A_SECOND))
    with database(cluster, "shared", "routes") as routes:

        def stands(state: str, *, rows: int = 0, certified: bool = False) -> str:
            [(move, now, is_certified, copied)] = routes(STANDS, ORGANIZATION)
            return str(move) if now == state and copied >= rows and is_certified >= certified else ""

        move = eventually(lambda: stands("copying", rows=ROWS // 3), MOVE_SECONDS)
        yield MainPage("admin-move", "root", f"/admin/moves/{move}", is_pictured_whole=True)
        eventually(lambda: stands("settled", certified=True), MOVE_SECONDS)
        yield MainPage("admin-move-settled", "root", f"/admin/moves/{move}", is_pictured_whole=True)
        yield MainPage("admin-moves", "root", "/admin/moves")


def _organize(cluster: RunningCluster) -> None:
    _manage(cluster, "organization", "create", ORGANIZATION, "--name", "Acme", "--owner", "mia", "--pod", SOURCE)
    with httpx.Client(base_url=f"{cluster.url('eu')}/api/v4", headers={"PRIVATE-TOKEN": "glpat-demo-mia"}) as api:
        group = {"path": "acme-engineering", "name": "Engineering"}
        made = api.post(f"organizations/{ORGANIZATION}/groups", json=group).raise_for_status().json()["id"]
        project = {"path": "rockets", "name": "Rockets", "namespace_id": made}
        api.post(f"organizations/{ORGANIZATION}/projects", json=project).raise_for_status()
    with database(cluster, "pods-eu", f"{SOURCE}_main") as main:
        main(FILL, ROWS, PROJECT)


def _manage(cluster: RunningCluster, *arguments: str) -> None:
    done = cluster.manage(*arguments)
    assert done.returncode == 0, done.stderr
