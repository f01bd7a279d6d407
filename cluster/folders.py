"""The folders of a cluster on this machine, made so that the embedded servers' account can reach its own."""

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

# Where root's servers keep their data when the checkout is closed to other accounts.
REACHABLE_BY_ALL = Path("/var/lib/pods")
MIB = 1024 * 1024
# A new server with its write-ahead log, and what one that exists may still write before it is noticed.
NEW_SERVER_BYTES = 160 * MIB
KNOWN_SERVER_BYTES = 64 * MIB

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written to the file system of a folder."""
    return shutil.disk_usage(folder).free


def make_folders(topology: Topology, places: Places, account: Account) -> Path | None:
    """Make every folder of the cluster. Returns where the servers' data went when it could not stay in
    `places.data`, else None.

    Raises `FolderUnsafe` when one of them belongs to another user.
    """
    # The account passes through what it need not read.
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
    """A file that is there when the demo data was loaded into these databases."""
    return places.data / "demo-loaded"


def remove_folders(places: Places) -> None:
    """Remove the cluster's data, logs, secrets and sockets."""
    postgres = postgres_folder(places)
    if postgres.is_symlink():
        shutil.rmtree(postgres.resolve(), ignore_errors=True)
    shutil.rmtree(places.data, ignore_errors=True)
    shutil.rmtree(places.sockets, ignore_errors=True)


def check_disk(topology: Topology, places: Places, *, free: FreeBytes = free_bytes) -> None:
    """Raises `DiskTooSmall` unless there is room for the servers that are to be made and those that run."""
    servers = [server for server in topology.servers.values() if server.embedded]
    needed = sum(KNOWN_SERVER_BYTES if places.server_data(server).is_dir() else NEW_SERVER_BYTES for server in servers)
    folder = postgres_folder(places).resolve()
    available = free(folder)
    if available < needed:
        raise DiskTooSmall(
            f"{folder} has {available // MIB} MiB free, {len(servers)} database servers need {needed // MIB} MiB; "
            "free some space, or set PODS_DATA to a folder on a larger disk. Nothing was started."
        )


def _make_own(folder: Path, mode: int) -> None:
    """The parent may be open to all, as for sockets it is: whoever came first could listen in our place."""
    folder.mkdir(mode=mode, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise FolderUnsafe(f"{folder} belongs to another user; remove it, or set PODS_DATA to a folder of yours")
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
