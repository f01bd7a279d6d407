from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.distance import distant, socket_file

STARTUP = b"user\0pods\0database\0users\0\0"


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(1000):
            self.request.sendall(data)


@pytest.fixture(name="far")
def _far(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "far"
    folder.mkdir()
    with socketserver.ThreadingUnixStreamServer(str(socket_file(folder)), _Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


def startup() -> bytes:
    """The first message of PostgreSQL's protocol 3.0; what echoes it here is no PostgreSQL."""
    return struct.pack("!ii", 8 + len(STARTUP), 196608) + STARTUP


def test_it_passes_bytes_unchanged_and_counts_round_trips_by_database(far: Path, tmp_path: Path) -> None:

    with distant(far, tmp_path / "near", seconds=0.0) as distance, socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(socket_file(tmp_path / "near")))
        for message in (startup(), b"one", b"two"):
            client.sendall(message)
            assert client.recv(1000) == message
        assert distance.round_trips == {"users": 3}


def test_each_round_trip_takes_at_least_the_distance(far: Path, tmp_path: Path) -> None:

    with distant(far, tmp_path / "near", seconds=0.06), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(socket_file(tmp_path / "near")))
        started = time.monotonic()
        client.sendall(startup())
        client.recv(1000)
        assert time.monotonic() - started >= 0.06
