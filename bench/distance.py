"""A Unix socket in front of a PostgreSQL server that is as far away as one likes, and that counts the journeys.

PostgreSQL's own messages pass unchanged (manual, chapter "Frontend/Backend Protocol"), each half the distance later.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import cast

from bench.exceptions import NotMeasurable
from topology.places import SOCKET_PORT

READ_BYTES = 65536
# What may be on its way in one direction: chunks of READ_BYTES.
ON_THE_WAY = 64
START_SECONDS = 5
END_SECONDS = 2

_Note = Callable[[bytes], None]


def socket_file(folder: Path) -> Path:
    """The file that libpq looks for in a folder given as host."""
    return folder / f".s.PGSQL.{SOCKET_PORT}"


class Distance:
    """Where the far server is reached. `seconds` there and back may be changed while connections are open;
    `round_trips` counts by database.
    """

    def __init__(self, far: Path, seconds: float) -> None:
        self.seconds = seconds
        self.round_trips: Counter[str] = Counter()
        self._far = far
        self._open: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, ...]] = {}

    async def serve(self, near: Path, ready: threading.Event) -> None:
        """Listen in the folder `near` until `stop`; sets `ready` when it does."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_unix_server(self._connected, socket_file(near))
        ready.set()
        await self._stop.wait()
        server.close()
        for writer in chain(*self._open.values()):
            writer.close()
        if self._open:
            await asyncio.wait(self._open, timeout=END_SECONDS)

    def stop(self) -> None:
        """End `serve`, from any thread; open connections are closed."""
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _connected(self, near_reader: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(socket_file(self._far))
        except OSError:
            near_writer.close()
            return
        journey, task = _Journey(self), cast("asyncio.Task[None]", asyncio.current_task())
        self._open[task] = (near_writer, far_writer)
        try:
            with suppress(ConnectionError):
                await asyncio.gather(
                    self._carry(near_reader, far_writer, journey.sent),
                    self._carry(far_reader, near_writer, journey.answered),
                )
        finally:
            del self._open[task]
            near_writer.close()
            far_writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: _Note) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(ON_THE_WAY)
        arriving = asyncio.create_task(_arrive(queue, writer))
        loop = asyncio.get_running_loop()
        data = b"-"
        while data:
            data = await reader.read(READ_BYTES)
            note(data)
            await queue.put((loop.time() + self.seconds / 2, data))
        await arriving


class _Journey:
    """One connection's round trips: one begins whenever the near side speaks after the far side has."""

    def __init__(self, distance: Distance) -> None:
        self._distance = distance
        self._database = ""
        self._near_spoke_last = False

    def sent(self, data: bytes) -> None:
        if not data:
            return
        if not self._database:
            # The startup message is the first: parameters as names and values, each with a zero byte.
            words = data[8:].split(b"\0")
            self._database = words[words.index(b"database") + 1].decode()
        if not self._near_spoke_last:
            self._distance.round_trips[self._database] += 1
        self._near_spoke_last = True

    def answered(self, data: bytes) -> None:
        self._near_spoke_last = False


async def _arrive(queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        while True:
            at, data = await queue.get()
            await asyncio.sleep(max(0.0, at - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def distant(far: Path, near: Path, *, seconds: float) -> Iterator[Distance]:
    """In a thread of its own: the server whose socket is in `far`, reached through `near`."""
    distance = Distance(far, seconds)
    ready = threading.Event()
    near.mkdir(parents=True, exist_ok=True)
    thread = threading.Thread(target=lambda: asyncio.run(distance.serve(near, ready)), daemon=True)
    thread.start()
    if not ready.wait(START_SECONDS):
        raise NotMeasurable(f"no socket could be opened in {near}; is its path longer than 90 bytes? Set TMPDIR")
    try:
        yield distance
    finally:
        distance.stop()
        thread.join(START_SECONDS)
