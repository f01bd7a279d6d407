"""Create a server's data folder: a primary with `initdb`, a replica with `pg_basebackup`.

A folder is created under a temporary name and renamed when it is complete, so that a
folder with the final name is always complete, whatever was killed in between.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from cluster.exceptions import ServerBroken
from cluster.postgres import REPLICATOR, STANDBY_SIGNAL, SUPERUSER, EmbeddedServer, write_configuration
from cluster.programs import VERSION
from cluster.tether import tethered
from operations.hints import command
from topology.places import SOCKET_PORT

MAKING_SECONDS = 120


def is_made(server: EmbeddedServer) -> bool:
    """Whether the server has a data folder; raises `ServerBroken` when the folder cannot belong to it."""
    if not server.data.exists():
        return False
    version = server.data / "PG_VERSION"
    if not version.is_file() or not (server.data / "global" / "pg_control").is_file():
        if server.primary_socket:
            shutil.rmtree(server.data)
            return False
        raise ServerBroken(
            f"{server.name}: {server.data} is damaged: PostgreSQL files are missing. "
            f"Restore a backup, or delete the cluster's data with: {command('cluster reset')}"
        )
    found = version.read_text(encoding="ascii").strip()
    if found != VERSION:
        raise ServerBroken(
            f"{server.name}: {server.data} was created by PostgreSQL {found}, but this is PostgreSQL {VERSION}. "
            f"Upgrade it with pg_upgrade, or delete the cluster's data with: {command('cluster reset')}"
        )
    if not server.primary_socket and (server.data / STANDBY_SIGNAL).exists():
        raise ServerBroken(
            f"{server.name}: the topology makes it a primary, but its files are a replica's. Put replica_of back in "
            "the "
            "topology, start it, and promote it before you change the topology (docs/promotion.md)"
        )
    return True


async def make_primary(server: EmbeddedServer) -> None:
    """Create an empty server. Raises `ServerBroken`."""
    making = _unmade(server)
    command = [
        server.programs.path("initdb"),
        f"--pgdata={making}",
        f"--username={SUPERUSER}",
        "--auth=peer",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--wal-segsize=16",
        *([] if server.fsync else ["--no-sync"]),
    ]
    await _run(server, command)
    making.rename(server.data)


async def make_replica(server: EmbeddedServer) -> None:
    """Copy a running primary through the replication slot of this replica. Raises `ServerBroken`."""
    making = _unmade(server)
    command = [
        server.programs.path("pg_basebackup"),
        f"--pgdata={making}",
        f"--host={server.primary_socket}",
        f"--port={SOCKET_PORT}",
        f"--username={REPLICATOR}",
        "--no-password",
        f"--slot={server.slot}",
        "--wal-method=stream",
        "--checkpoint=fast",
        *([] if server.fsync else ["--no-sync"]),
    ]
    await _run(server, command)
    # The primary's ALTER SYSTEM settings must not apply to the replica.
    (making / "postgresql.auto.conf").write_text("", encoding="ascii")
    making.rename(server.data)
    write_configuration(server)


def forget(server: EmbeddedServer) -> None:
    """Remove the server's data folder."""
    shutil.rmtree(server.data, ignore_errors=True)


def _unmade(server: EmbeddedServer) -> Path:
    making = server.data.with_name(f".{server.data.name}.making")
    if making.exists():
        shutil.rmtree(making)
    making.mkdir(mode=0o700)
    server.account.give(making)
    return making


async def _run(server: EmbeddedServer, command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        **tethered(server.account),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), MAKING_SECONDS)
    except TimeoutError:
        raise ServerBroken(
            f"{server.name}: {Path(command[0]).name} took more than {MAKING_SECONDS} s; is the disk slow or full?"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = output.decode(errors="replace").strip()[-2000:]
        raise ServerBroken(f"{server.name}: {Path(command[0]).name} failed ({process.returncode}):\n{said}")
