"""The folders of a cluster on this machine, created so that the embedded servers' account can reach its data."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

from cluster.account import Account
from cluster.exceptions import DiskTooSmall, FolderUnsafe
from topology import Topology
from topology.places import Places

# Where servers started by root keep their data when other accounts cannot read the checkout.
REACHABLE_BY_ALL = Path("/var/lib/pods")
MIB = 1024 * 1024
# The size of a new server with its write-ahead log, and a reserve for a server that exists.
NEW_SERVER_BYTES = 160 * MIB
KNOWN_SERVER_BYTES = 64 * MIB

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the file system of a folder."""
    return shutil.disk_usage(folder).free


def make_folders(topology: Topology, places: Places, account: Account) -> Path | None:
    """Create every folder of the cluster. Return where the servers' data went if it cannot be in
    `places.data`, else None.

    Raises `FolderUnsafe` when one of them belongs to another user.
    """
    # The account needs to pass through these folders, not to read them.
    passed = 0o711 if account.switched else 0o700
    places.data.parent.mkdir(parents=True, exist_ok=True)
    _make_own(places.data, passed)
    _make_own(places.logs, 0o700)
    _make_own(places.sockets, passed)
    elsewhere = _make_postgres_folder(places, account)
    for server in topology.servers.values():
        if server.embedded:
            socket = places.server_socket(server)
            socket.mkdir(exist_ok=True, mode=0o700)
            account.give(socket)
    return elsewhere


def postgres_folder(places: Places) -> Path:
    """The folder that holds each embedded server's data folder."""
    return places.data / "postgres"


def demo_marker(places: Places) -> Path:
    """The file that marks these databases as having the demo data."""
    return places.data / "demo-loaded"


def remove_folders(places: Places) -> None:
    """Remove the cluster's data, logs, secrets and sockets."""
    postgres = postgres_folder(places)
    if postgres.is_symlink():
        shutil.rmtree(postgres.resolve(), ignore_errors=True)
    shutil.rmtree(places.data, ignore_errors=True)
    shutil.rmtree(places.sockets, ignore_errors=True)


def check_disk(topology: Topology, places: Places, *, free: FreeBytes = free_bytes) -> None:
    """Raise `DiskTooSmall` unless there is room for the servers that will be created and those that exist."""
    servers = [server for server in topology.servers.values() if server.embedded]
    needed = sum(KNOWN_SERVER_BYTES if places.server_data(server).is_dir() else NEW_SERVER_BYTES for server in servers)
    folder = postgres_folder(places).resolve()
    available = free(folder)
    if available < needed:
        raise DiskTooSmall(
            f"{folder} has {available // MIB} MiB free, but {len(servers)} database servers need {needed // MIB} MiB; "
            "free some space, or set PODS_DATA to a folder on a larger disk. Nothing was started."
        )


def _make_own(folder: Path, mode: int) -> None:
    """Create a folder that only we own: if the parent is open to all, another user could create it first."""
    folder.mkdir(mode=mode, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise FolderUnsafe(f"{folder} belongs to another user; remove it, or set PODS_DATA to a folder that you own")
    folder.chmod(mode)


def _make_postgres_folder(places: Places, account: Account) -> Path | None:
    folder = postgres_folder(places)
    if account.reaches(places.data):
        folder.mkdir(mode=0o711, exist_ok=True)
        return None
    digest = hashlib.sha256(str(places.data).encode()).hexdigest()[:10]
    elsewhere = REACHABLE_BY_ALL / f"{places.data.name}-{digest}"
    elsewhere.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not folder.is_symlink():
        folder.symlink_to(elsewhere)
    return elsewhere
