"""A move between servers of an operator's own: over TCP, with passwords, by a role that is no superuser."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.folders import remove_folders
from moves.databases import Databases
from tests.docs.own_servers import OwnServer, OwnServers, own_servers
from tests.moves.conftest import Scene, make_scene
from tests.running_cluster import RunningCluster, cluster_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SOURCE, TARGET = "pod_a", "pod_b"
TOPOLOGY = """
name = "own"
legacy_pod = "pod_a"
latest_pod = "pod_a"

[regions.home]

[pods.pod_a]
region = "home"
address = "127.0.0.1:8300"
server = "one"

[pods.pod_b]
region = "home"
address = "127.0.0.1:8301"
server = "other"

[schemas]
users = "one"
routes = "one"
admin = "one"
"""
SERVER = """
[servers.{name}]
region = "home"
host = "127.0.0.1"
port = {port}
sslmode = "disable"
password_env = "OWN_PASSWORD"
move_user = "mover"
move_password_env = "OWN_MOVE_PASSWORD"
"""
PASSWORDS = {"OWN_PASSWORD": "of pods", "OWN_MOVE_PASSWORD": "of moves"}
SECRETS = {"PODS_SECRET_KEY": "of the test", "PODS_ROUTER_SECRETS": "of the test"}


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCluster]:
    """A cluster of two pods, each on a server that was set up by the statements of `cluster sql`. No pod runs."""
    for name, password in PASSWORDS.items():
        monkeypatch.setenv(name, password)
    with own_servers(2, wal_level="logical", max_slot_wal_keep_size="512MB") as servers, cluster_folder() as folder:
        file = folder / "cluster.toml"
        named = dict(zip(("one", "other"), servers.servers, strict=True))
        file.write_text(TOPOLOGY + "".join(SERVER.format(name=name, port=each.port) for name, each in named.items()))
        cluster = RunningCluster(folder, topology_file=file, environment=PASSWORDS | SECRETS)
        try:
            for name, server in named.items():
                _set_up(cluster, servers, server, cluster.command("sql", name).stdout)
            assert cluster.command("check").stdout == "Nothing is missing.\n"
            cluster.command("migrate")
            yield cluster
        finally:
            remove_folders(cluster.places)


def _set_up(cluster: RunningCluster, servers: OwnServers, server: OwnServer, statements: str) -> None:
    """Run them as the docs say, with the passwords in the environment."""
    psql: list[str | Path] = [servers.programs.path("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
    done = subprocess.run(
        [*psql, "-p", str(server.port), "-U", "postgres", "-d", "postgres"],
        env=cluster.environment | {"PGPASSFILE": str(servers.password_file)},
        input=statements,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_organization_goes_to_the_other_server_and_comes_back(own: RunningCluster) -> None:
    databases = Databases(own.topology, own.places)
    scene: Scene = make_scene(own, databases, issues=60, source=SOURCE)
    scene.target = TARGET
    before = scene.rows(SOURCE)
    ((path,),) = databases.routes().run("SELECT path FROM organizations WHERE id = %s", (scene.organization,))
    started = own.manage("move", "start", path, TARGET)
    assert started.returncode == 0, started.stderr
    ((move,),) = databases.routes().run("SELECT id FROM organization_moves")
    scene.moves.append(move)
    settled = scene.drive(move, "settled")
    assert scene.owner() == (TARGET, 2)
    assert scene.rows(TARGET) == before
    assert settled.certificate
    assert settled.certificate["equal"]
    databases.pod(TARGET, "main").run(
        "UPDATE notes SET text = 'on the target' WHERE organization_id = %s", (scene.organization,)
    )
    scene.ask(move, "rollback")
    scene.drive(move, "returned")
    ((back,),) = databases.routes().run("SELECT id FROM organization_moves WHERE returns_id = %s", (move,))
    scene.moves.append(back)
    scene.drive(back, "settled")
    assert scene.owner() == (SOURCE, 3)
    assert {row for (row,) in scene.rows(SOURCE)["main.notes"]} == {row for (row,) in scene.rows(TARGET)["main.notes"]}
    assert all("on the target" in str(row) for (row,) in scene.rows(SOURCE)["main.notes"])
    finished = own.manage("move", "finish", path)
    assert finished.returncode == 0, finished.stderr
    scene.drive(back, "done")
    assert scene.number_of_rows(TARGET) == 0
    assert scene.left_overs() == []
    databases.close()
