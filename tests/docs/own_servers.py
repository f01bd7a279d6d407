"""PostgreSQL servers of an operator's own: over TCP, with passwords, known to no supervisor."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cluster.account import server_account
from cluster.programs import Programs, programs_for
from cluster.tether import tethered
from tests.running_cluster import cluster_folder, eventually

SUPERUSER = "postgres"


@dataclass(frozen=True)
class OwnServer:
    """One server on this machine, with the password of its superuser."""

    port: int
    password: str

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser."""
        with self._connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def answers(self) -> bool:
        try:
            with self._connect("postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )


@dataclass(frozen=True)
class OwnServers:
    """Servers, the programs that they come with, and a file with the superuser's passwords for psql."""

    servers: tuple[OwnServer, ...]
    programs: Programs
    password_file: Path


@contextmanager
def own_servers(count: int, **settings: object) -> Iterator[OwnServers]:
    """Servers that run for the time of the block, with these settings of PostgreSQL."""
    with cluster_folder() as folder, ExitStack() as running:
        programs = programs_for(server_account(), folder)
        found = tuple(
            running.enter_context(_server(folder / f"server-{number}", programs, settings)) for number in range(count)
        )
        password_file = folder / "passwords"
        password_file.write_text("".join(f"127.0.0.1:{each.port}:*:{SUPERUSER}:{each.password}\n" for each in found))
        password_file.chmod(0o600)
        yield OwnServers(found, programs, password_file)


@contextmanager
def _server(folder: Path, programs: Programs, more: Mapping[str, object]) -> Iterator[OwnServer]:
    account = server_account()
    folder.mkdir(mode=0o700)
    account.give(folder)
    server = OwnServer(_free_port(), secrets.token_hex(8))
    made = folder / "data"
    password = folder.with_suffix(".password")
    password.write_text(server.password)
    password.chmod(0o644)
    options = [
        f"--pgdata={made}",
        f"--username={SUPERUSER}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--no-sync",
    ]
    subprocess.run([programs.path("initdb"), *options], **account.popen, cwd="/", check=True, capture_output=True)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": server.port,
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": 60,
        "shared_buffers": "32MB",
        **more,
    }
    command = [programs.path("postgres"), "-D", str(made), *(f"--{name}={value}" for name, value in settings.items())]
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, **tethered(account, death_signal=signal.SIGINT), cwd="/", stdout=log, stderr=log
        )
    try:
        eventually(server.answers)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
