"""docs/backups.md, with its commands: databases are restored to an older state, and no id is given again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cluster.account import server_account
from cluster.programs import programs_for
from routing.marks import SEQUENCE
from tests.databases import database
from tests.running_cluster import RunningCluster, cluster_folder, eventually, running_cluster
from tests.visitor import Visitor
from topology.places import CHECKOUT, SOCKET_PORT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGE = (CHECKOUT / "docs" / "backups.md").read_text(encoding="utf-8")
PATIENCE_SECONDS = 60.0
ORGANIZATION = "/api/v4/organizations/other-organization"
GROUPS, PROJECTS = f"{ORGANIZATION}/groups", f"{ORGANIZATION}/projects"


class Program:
    """A client of the API, as one of the demo's people."""

    def __init__(self, cluster: RunningCluster, username: str, region: str = "us") -> None:
        self._url = cluster.url(region)
        self._headers = {"PRIVATE-TOKEN": f"glpat-demo-{username}"}

    def ask(self, method: str, path: str, /, **fields: object) -> Any:
        """The answer's content; fails when it is refused."""
        answer = self._send(method, path, fields)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def status(self, method: str, path: str, /, **fields: object) -> int:
        return self._send(method, path, fields).status_code

    def _send(self, method: str, path: str, fields: dict[str, object]) -> httpx.Response:
        return httpx.request(method, f"{self._url}{path}", json=fields or None, headers=self._headers, timeout=20)


@pytest.fixture
def backups() -> Iterator[Path]:
    with cluster_folder() as folder:
        (folder / "backups").mkdir()
        yield folder / "backups"


@pytest.fixture(scope="module")
def operated() -> Iterator[RunningCluster]:
    """A cluster whose databases are restored."""
    with running_cluster() as cluster:
        yield cluster


def commands_with(*words: str) -> list[str]:
    """The page's commands that have all these words, as they are written."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    found = [line for block in blocks for line in block.splitlines() if all(word in line for word in words)]
    assert found, words
    return found


def run(
    cluster: RunningCluster, backups: Path, command: str, *, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command of the page, with this cluster's servers and folders in the place of the page's."""
    for name, server in cluster.topology.servers.items():
        command = command.replace(f"-h {name}.example.com", f"-h {cluster.places.server_socket(server)}")
    programs = programs_for(server_account(), cluster.places.data / "postgres")
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("/backups", str(backups)).replace("python ", f"{sys.executable} ", 1)],
        env=cluster.environment
        | {"PATH": f"{programs.folder}{os.pathsep}{os.environ['PATH']}", "PGPORT": str(SOCKET_PORT)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not check or done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done


def stop(cluster: RunningCluster, *names: str) -> None:
    for name in names:
        cluster.ask("stop", name)


def start(cluster: RunningCluster, *names: str) -> None:
    for name in names:
        cluster.ask("start", name)


def replace_server(cluster: RunningCluster, server: str, backup: Path) -> None:
    """Step 2 of the page, for a base backup."""
    stop(cluster, server)
    data = cluster.places.server_data(cluster.topology.server(server)).resolve()
    shutil.rmtree(data)
    shutil.copytree(backup, data)
    for path in (data, *data.rglob("*")):
        server_account().give(path)
    data.chmod(0o700)
    start(cluster, server)


def reconcile(cluster: RunningCluster, backups: Path, which: str) -> str:
    """What the page's command prints; a backup that is seconds old says that pods still run."""
    command = commands_with("cluster reconcile pod_us1")[0].replace("pod_us1", which)
    if which == "--shared":
        [command] = commands_with("cluster reconcile --shared")

    def done() -> str:
        ran = run(cluster, backups, command, check=False)
        assert ran.returncode == 0 or "still run" in ran.stderr, ran.stdout + ran.stderr
        return ran.stdout if ran.returncode == 0 else ""

    return eventually(done, PATIENCE_SECONDS)


def test_a_restored_pod(operated: RunningCluster, backups: Path) -> None:
    alice = Program(operated, "alice")
    before = alice.ask("POST", GROUPS, path="before")
    kept = alice.ask("POST", PROJECTS, path="kept", namespace_id=before["id"])
    renamed = alice.ask("POST", PROJECTS, path="renamed", namespace_id=before["id"])
    deleted = alice.ask("POST", PROJECTS, path="deleted", namespace_id=before["id"])
    [copy] = commands_with("pg_basebackup")
    run(operated, backups, copy)

    lost = {"project": alice.ask("POST", PROJECTS, path="lost", namespace_id=before["id"])["id"]}
    group = alice.ask("POST", GROUPS, path="lost-group")
    lost["namespace"] = group["id"]
    alice.ask("POST", PROJECTS, path="inside", namespace_id=group["id"])
    alice.ask("PUT", f"/api/v4/groups/{group['id']}", path="lost-later")
    alice.ask("PUT", f"/api/v4/projects/{renamed['id']}", path="new-name")
    alice.ask("DELETE", f"/api/v4/projects/{deleted['id']}")
    issue = alice.ask("POST", f"/api/v4/projects/{kept['id']}/issues", title="Lost")
    lost["issue"] = issue["id"]
    lost["note"] = alice.ask("POST", f"/api/v4/projects/{kept['id']}/issues/{issue['iid']}/notes", body="Lost")["id"]
    lost["todo"] = last_id(operated, "pods-us", "pod_us1_main", "todos")
    lost["job"] = last_id(operated, "pods-us", "pod_us1_ci", "jobs")
    with Visitor(operated, "us") as newcomer:
        sign_up(newcomer, "late")
    eventually(lambda: httpx.get(f"{operated.url()}/late", timeout=20).status_code == 200, PATIENCE_SECONDS)

    stop(operated, "pod_us0", "pod_us1")
    replace_server(operated, "pods-us", backups / "pods-us")
    refused = operated.command("start", "pod_us1", check=False)
    assert refused.returncode == 1
    assert (
        "pod_us1 does not start: the database 'main' of pod_us1 is older than its lease in routes says"
        in refused.stderr
    )
    assert f"manage.py cluster reconcile pod_us1 --port-offset {operated.topology.port_offset} (docs" in refused.stderr
    stop(operated, "pod_us1")

    told = reconcile(operated, backups, "pod_us1")
    assert f"/before/lost (project {lost['project']}) is lost" in told
    assert f"/lost-later (group {lost['namespace']}) is lost; 3 names" in told
    assert "/lost-later/inside (project " in told
    assert "/before/renamed has its name again" in told
    assert "/before/deleted is back, and was deleted after the backup: delete it again; or keep it" in told
    assert re.search(r"main: of notes, rows with ids after \d+ up to \d+ may be lost", told)
    assert "/late (user " in reconcile(operated, backups, "pod_us0")
    start(operated, "pod_us0", "pod_us1")
    operated.wait_until_healthy()

    again = {"project": alice.ask("POST", PROJECTS, path="another", namespace_id=before["id"])["id"]}
    again["namespace"] = alice.ask("POST", GROUPS, path="another-group")["id"]
    issue = alice.ask("POST", f"/api/v4/projects/{kept['id']}/issues", title="New")
    again["issue"] = issue["id"]
    again["note"] = alice.ask("POST", f"/api/v4/projects/{kept['id']}/issues/{issue['iid']}/notes", body="New")["id"]
    again["todo"] = next_id(operated, "pods-us", "pod_us1_main", "todos")
    again["job"] = next_id(operated, "pods-us", "pod_us1_ci", "jobs")
    assert {what: number > lost[what] + 2**39 for what, number in again.items()} == dict.fromkeys(again, True)

    with Visitor(operated, "us") as visitor:
        visitor.sign_in("alice")
        gone = ("/before/lost", "/lost-group", "/lost-later", "/lost-later/inside")
        assert {path: visitor.get(path).status_code for path in gone} == dict.fromkeys(gone, 404)
        moved = visitor.get("/before/new-name")
        assert (moved.status_code, moved.headers["location"]) == (302, "/before/renamed")
        assert visitor.get("/before/renamed").status_code == 200
        assert visitor.get("/late").status_code == 200
    # Nobody inherits the links.
    assert alice.status("POST", GROUPS, path="lost-later") == 400
    assert (
        Program(operated, "mia").status("POST", "/api/v4/organizations/my-organization/groups", path="lost-group")
        == 400
    )


def test_restored_shared_schemas(operated: RunningCluster, backups: Path) -> None:
    mia = Program(operated, "mia", "eu")
    groups = "/api/v4/organizations/my-organization/groups"
    early = mia.ask("POST", groups, path="early")
    for command in commands_with("pg_dump"):
        run(operated, backups, command)

    mia.ask("POST", groups, path="after-backup")
    mia.ask("DELETE", f"/api/v4/groups/{early['id']}")
    with Visitor(operated, "eu") as eve, Visitor(operated, "eu") as session:
        sign_up(eve, "eve")
        form = {"name": "Lost", "path": "lost-organization"}
        eve.follow(eve.submit("/organizations/new", "/users/organizations/new", **form))
        session.sign_in("max")
        lost = {name: last_id(operated, "shared", *name) for name in (("users", "users"), ("routes", "organizations"))}

        pods = [*operated.topology.pods]
        stop(operated, *pods)
        for command in (*commands_with("dropdb", "shared"), *commands_with("createdb", "shared")):
            run(operated, backups, command)
        for command in commands_with("pg_restore", "/backups/users.dump") + commands_with(
            "pg_restore", "/backups/admin"
        ):
            run(operated, backups, command)
        run(operated, backups, commands_with("pg_restore", "/backups/routes.dump")[0])
        told = reconcile(operated, backups, "--shared")
        start(operated, *pods)
        operated.wait_until_healthy()

        assert "/after-backup has its name again" in told
        assert f"/early (group {early['id']}) is lost" in told
        assert f"organization {lost['routes', 'organizations']} of pod_eu" in told
        assert "All sessions are ended" in told
        for (schema, table), last in lost.items():
            assert next_id(operated, "shared", schema, table) > last
        assert mia.ask("GET", "/api/v4/groups/after-backup")["full_path"] == "after-backup"
        assert mia.status("GET", "/api/v4/groups/early") == 404
        assert mia.status("POST", groups, path="early") == 400
        assert session.get("/-/profile").status_code == 302
        session.sign_in("max")


def sign_up(visitor: Visitor, username: str) -> None:
    fields = {"name": username, "username": username, "email": f"{username}@example.com", "password": "pods-demo"}
    visitor.submit("/users/sign_up", "/users/sign_up", **fields)


def last_id(cluster: RunningCluster, server: str, name: str, table: str) -> int:
    """The highest id that a table has."""
    with database(cluster, server, name) as execute:
        [(number,)] = execute(f"SELECT max(id) FROM {table}")
    return int(number)


def next_id(cluster: RunningCluster, server: str, name: str, table: str) -> int:
    """The id that the next row of a table gets."""
    with database(cluster, server, name) as execute:
        [(number,)] = execute(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")
    return int(number)


def test_a_running_pod_ends_when_its_database_is_replaced(operated: RunningCluster, backups: Path) -> None:
    with database(operated, "pods-eu", "pod_eu1_main") as execute:
        execute(f"SELECT setval('{SEQUENCE}', 0)")
    eventually(lambda: "pod_eu1 ends: the database 'main' of pod_eu1 is older" in operated.log("pod_eu1", 400))
    # The supervisor starts it again, in vain.
    eventually(lambda: "pod_eu1 does not start: the database 'main' of pod_eu1 is older" in operated.log("pod_eu1"))
    stop(operated, "pod_eu1")
    assert "pod_eu1 is reconciled and may be started." in reconcile(operated, backups, "pod_eu1")
    start(operated, "pod_eu1")
    operated.wait_until_healthy()
