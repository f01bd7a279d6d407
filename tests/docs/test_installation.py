"""docs/installation.md, as written, on servers over TCP with passwords; and what `cluster check` finds missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from cluster.folders import remove_folders
from tests.docs.own_servers import OwnServers, own_servers
from tests.running_cluster import RunningCluster, cluster_folder
from topology.places import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGE = (CHECKOUT / "docs" / "installation.md").read_text(encoding="utf-8")
STEPS = PAGE[PAGE.index("## 3. Set the environment") : PAGE.index("## Next")]
# A block of commands, and what they print where the page shows it.
BLOCKS = re.findall(r"```sh\n(.*?)```(?:\n\n```\n(.*?)```)?", STEPS, re.DOTALL)
MARK = "the next block"
SET_UP = {
    "PODS_SECRET_KEY": "of the test",
    "PODS_ROUTER_SECRETS": "of the test",
    "SHARED_PASSWORD": "one",
    "PODS_PASSWORD": "two",
}
HOSTS = ("db1.example.com", "db2.example.com")


@dataclass(frozen=True)
class Installed:
    """A cluster as the page describes it, on servers of its own."""

    cluster: RunningCluster
    servers: OwnServers

    def run(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run commands of the page, with the addresses of this test in the place of the page's."""
        for host, server in zip(HOSTS, self.servers.servers, strict=True):
            script = script.replace(f"-h {host}", f"-h 127.0.0.1 -p {server.port}")
        script = script.replace("cluster.toml", str(self.cluster.topology_file))
        script = script.replace("http://127.0.0.1:8290", self.cluster.url("home"))
        inherited = {name: value for name, value in self.cluster.environment.items() if name != "PODS_TOPOLOGY"}
        return subprocess.run(
            ["/bin/sh", "-e", "-c", script.replace(".venv/bin/python", sys.executable)],
            env=inherited
            | {"PATH": f"{self.servers.programs.folder}{os.pathsep}{os.environ['PATH']}"}
            | {"PGPASSFILE": str(self.servers.password_file)}
            | environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )


@pytest.fixture
def installed() -> Iterator[Installed]:
    [topology] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    with own_servers(len(HOSTS)) as servers, cluster_folder() as folder:
        for host, server in zip(HOSTS, servers.servers, strict=True):
            topology = topology.replace(f'host = "{host}"', f'host = "127.0.0.1"\nport = {server.port}')
        file = folder / "cluster.toml"
        file.write_text(topology)
        cluster = RunningCluster(folder, topology_file=file)
        try:
            yield Installed(cluster, servers)
        finally:
            cluster.down()
            remove_folders(cluster.places)


def test_the_page_leads_to_the_first_sign_in(installed: Installed) -> None:
    assert len(BLOCKS) == 7
    script = f"echo '{MARK}'\n".join(commands for commands, _ in BLOCKS)
    done = installed.run(script)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(f"{MARK}\n")
    for (_, shown), found in zip(BLOCKS, printed, strict=True):
        assert not shown or found == shown
    with httpx.Client(base_url=installed.cluster.url("home"), timeout=20) as browser:
        form = browser.get("/users/sign_in").text
        token = re.findall(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', form)[0]
        fields = {"username": "ada", "password": "correct horse battery", "csrfmiddlewaretoken": token}
        assert browser.post("/users/sign_in", data=fields).status_code == 302
        assert browser.get("/admin", follow_redirects=True).status_code == 200


def test_everything_that_is_missing_is_told_at_once_with_what_mends_it(installed: Installed) -> None:
    shared, pods = installed.servers.servers
    topology = {"PODS_TOPOLOGY": str(installed.cluster.topology_file)}
    told = installed.run(".venv/bin/python manage.py cluster check", **topology)
    assert told.returncode == 1
    assert told.stderr.startswith(
        "CommandError: environment:\n"
        "  PODS_SECRET_KEY is not set\n"
        '      export PODS_SECRET_KEY="$(openssl rand -hex 32)"\n'
        "  PODS_ROUTER_SECRETS is not set\n"
        '      export PODS_ROUTER_SECRETS="$(openssl rand -hex 32)"\n'
        f"server shared (127.0.0.1:{shared.port}):\n"
        "  the password is not in the environment: SHARED_PASSWORD is not set\n"
        "      export SHARED_PASSWORD=…\n"
        f"server pods (127.0.0.1:{pods.port}):\n"
        "  the password is not in the environment: PODS_PASSWORD is not set\n"
        "      export PODS_PASSWORD=…\n"
    )

    set_up = topology | SET_UP
    check = ".venv/bin/python manage.py cluster check"
    told = installed.run(check, **set_up)
    for server in ("shared", "pods"):
        assert f"manage.py cluster sql {server} --port-offset " in told.stderr
    assert told.stderr.count("the role pods does not exist, or has another password") == 2

    makes = [line for line in BLOCKS[1][0].splitlines() if line]
    for line in (*makes, *makes):
        # Also a second time: what is there stays.
        assert installed.run(line, **set_up).returncode == 0
    assert installed.run(check, **set_up).stdout == "Nothing is missing.\n"

    shared.execute("DROP DATABASE users", "DROP DATABASE admin", "REVOKE pg_read_all_stats FROM pods")
    pods.execute(
        "DROP DATABASE pod_b_ci", "DROP DATABASE pod_a_main", "ALTER DATABASE pod_a_ci OWNER TO postgres",
        "ALTER DATABASE pod_b_main OWNER TO postgres", "REVOKE CONNECT ON DATABASE pod_b_main FROM PUBLIC",
    )  # fmt: skip
    told = installed.run(".venv/bin/python manage.py cluster migrate", **set_up)
    assert told.returncode == 1
    statements = re.findall(r"^      (.*;)$", told.stderr, re.MULTILINE)
    wanted = {
        *(f"CREATE DATABASE {name} OWNER pods" for name in ("users", "admin", "pod_b_ci", "pod_a_main")),
        "GRANT pg_read_all_stats TO pods;",
        "ALTER DATABASE pod_a_ci OWNER TO pods;",
        "GRANT CONNECT ON DATABASE pod_b_main TO pods;",
    }
    assert {each.split(" TEMPLATE")[0] for each in statements} == wanted
    for statement in statements:
        (pods if "pod_" in statement else shared).execute(statement)
    told = installed.run(check, **set_up)
    assert "the role pods may not make tables in the database pod_b_main" in told.stderr
    pods.execute("ALTER DATABASE pod_b_main OWNER TO pods")
    assert installed.run(check, **set_up).stdout == "Nothing is missing.\n"


def test_the_role_of_moves_is_made_too(installed: Installed) -> None:
    _, pods = installed.servers.servers
    file: Path = installed.cluster.topology_file
    mover = 'password_env = "PODS_PASSWORD"\nmove_user = "mover"\nmove_password_env = "MOVE_PASSWORD"'
    file.write_text(file.read_text().replace('password_env = "PODS_PASSWORD"', mover))
    check = ".venv/bin/python manage.py cluster check"
    environment = SET_UP | {"PODS_TOPOLOGY": str(file), "MOVE_PASSWORD": "three"}
    [shared, makes] = [line for line in BLOCKS[1][0].splitlines() if line]
    for line in (shared, makes, makes):
        done = installed.run(line, **environment)
        assert done.returncode == 0, done.stderr
    told = installed.run(check, **environment).stderr
    [where, problem, mended, *_] = told.splitlines()
    assert where == f"CommandError: server pods (127.0.0.1:{pods.port}):"
    assert problem == "  wal_level is replica, so no organization can be moved"
    assert mended == "      ALTER SYSTEM SET wal_level = 'logical'; -- restart"
    origins = "GRANT EXECUTE ON FUNCTION pg_replication_origin_create(text)"
    assert (told.count("  the role"), told.count(origins)) == (0, 0)
    pods.execute("REVOKE pods FROM mover", "REVOKE SET ON PARAMETER session_replication_role FROM mover")
    pods.execute("REVOKE EXECUTE ON FUNCTION pg_replication_origin_create(text) FROM mover", database="pod_a_main")
    told = installed.run(check, **environment).stderr
    assert "      GRANT pods TO mover;\n" in told
    assert "      GRANT SET ON PARAMETER session_replication_role TO mover;\n" in told
    assert told.count(origins) == 1
    assert "may not make replication origins in the database pod_a_main" in told


def test_a_replica_that_is_down_is_told_and_stops_nothing(installed: Installed) -> None:
    file: Path = installed.cluster.topology_file
    replica = '[servers.copy]\nregion = "home"\nreplica_of = "shared"\nhost = "127.0.0.1"\nport = 1\n\n[schemas]'
    file.write_text(file.read_text().replace("[schemas]", replica))
    environment = SET_UP | {"PODS_TOPOLOGY": str(file)}
    for line in BLOCKS[1][0].splitlines():
        assert installed.run(line, **environment).returncode == 0
    told = installed.run(".venv/bin/python manage.py cluster check", **environment).stderr
    assert told.startswith("CommandError: server copy (127.0.0.1:1):\n  cannot be reached: nothing listens there\n")
    assert installed.run(".venv/bin/python manage.py cluster migrate", **environment).returncode == 0


def test_a_server_that_does_not_answer_keeps_nothing_from_being_told(installed: Installed) -> None:
    file: Path = installed.cluster.topology_file
    file.write_text(re.sub(r"port = \d+", "port = 1", file.read_text(), count=1))
    environment = {"PODS_TOPOLOGY": str(file), "SHARED_PASSWORD": "one", "PODS_PASSWORD": "two"}
    told = installed.run(".venv/bin/python manage.py cluster migrate", **environment).stderr
    assert "server shared (127.0.0.1:1):\n  cannot be reached: nothing listens there\n" in told
    assert "PODS_SECRET_KEY is not set" in told
    assert "the role pods does not exist, or has another password" in told
