"""What a router holds while clients send half of their bodies, and what it gives back.

Resident memory of the process: Lua's cache, connections and buffers together. A body has to arrive within 45 s; what
is free goes back to the system when it was not needed for about a minute.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import topology
from bench.cpu import resident_bytes
from bench.half_sent import HalfSent
from bench.processes import running
from bench.router import SECRETS, STUBS
from bench.tables import markdown
from router.config import write
from router.limits import Limits
from router.process import command
from topology.places import places_of

MIB = 1024 * 1024
HALF = 250_000
ANNOUNCED = 260_000
PAGE = b"GET /kept HTTP/1.1\r\nHost: x\r\n\r\n"
# The allocator keeps what it needed within the last minute.
BACK_SECONDS = 90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench router-memory`."""
    parser.add_argument("--attackers", type=int, default=4, help="HTTP/2 connections full of half-sent bodies")
    parser.add_argument("--connections", type=int, default=3_000, help="that each ask for a page and stay open")
    parser.add_argument("--back-seconds", type=float, default=BACK_SECONDS, help="to wait for memory to come back")
    parser.add_argument("--port-offset", type=int, default=6000, help="added to every port")


def run(options: argparse.Namespace) -> str:
    """The report of `bench router-memory`."""
    with tempfile.TemporaryDirectory(prefix="pods-bench-") as folder, _router(Path(folder), options) as (port, pid):
        rows: list[tuple[str, float]] = []

        def measure(name: str) -> None:
            rows.append((name, resident_bytes(pid) / MIB))

        measure("idle")
        attackers = [HalfSent(port, size=HALF, announced=ANNOUNCED) for _ in range(options.attackers)]
        bodies = sum(each.bodies for each in attackers)
        measure(f"{options.attackers} HTTP/2 connections, {bodies} half-sent bodies")
        time.sleep(min(options.back_seconds, Limits().arrival_seconds + 2))
        measure("45 s later, nobody left")
        time.sleep(options.back_seconds)
        measure("a minute and a half after that")
        for each in attackers:
            each.close()
        people = [_person(port) for _ in range(options.connections)]
        measure(f"{options.connections:,} connections")
        for person in people:
            person.close()
        time.sleep(options.back_seconds)
        measure("a minute and a half after they left")
    return markdown(("state", "MiB"), rows)


@contextmanager
def _router(folder: Path, options: argparse.Namespace) -> Iterator[tuple[int, int]]:
    stubs = topology.load(STUBS, port_offset=options.port_offset)
    pods = [pod.address.port for pod in stubs.pods.values()]
    [router] = stubs.routers.values()
    places = places_of(stubs, folder)
    places.sockets.mkdir(mode=0o700, exist_ok=True)
    stub = [sys.executable, "-m", "bench.stub_pod", ",".join(stubs.pods), *map(str, pods)]
    line = command(write(stubs, router, places, SECRETS))
    with (
        running(stub, port=pods[0], log=folder / "stub.log"),
        running(line, port=router.address.port, log=folder / "router.log") as pid,
    ):
        yield router.address.port, pid


def _person(port: int) -> socket.socket:
    person = socket.create_connection(("127.0.0.1", port), timeout=20)
    person.sendall(PAGE)
    person.recv(4096)
    return person
