"""Find a cluster's processes from outside, whoever their parent is by now."""

from __future__ import annotations

from pathlib import Path

from tests.running_cluster import RunningCluster


def processes_of(cluster: RunningCluster) -> dict[int, str]:
    """Process id to command line of each process that works for this cluster: its environment, its command line,
    or its working folder say so. Linux only.
    """
    folder = str(cluster.places.data.parent).encode()
    sockets = str(cluster.places.sockets).encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                continue
            command = (process / "cmdline").read_bytes()
            texts = (command, (process / "environ").read_bytes(), bytes((process / "cwd").readlink()))
        except OSError:
            continue
        if any(folder in text or sockets in text for text in texts):
            found[int(process.name)] = command.replace(b"\0", b" ").decode()
    return found
