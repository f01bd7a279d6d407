"""A client that sends exactly the bytes it is given, many requests at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from topology import Address

TIMEOUT_SECONDS = 30.0
IN_A_ROW = 16


class Wire(NamedTuple):
    """What came back: status 0 when the connection ended instead."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def header(self, name: str) -> str | None:
        """A header's value; None without one."""
        value = self.headers.get(name.lower().encode())
        return None if value is None else value.decode("latin-1")


NOTHING = Wire(0, {}, b"")


def request(method: str, target: bytes, headers: Sequence[tuple[bytes, bytes]] = (), body: bytes = b"") -> bytes:
    """A request of HTTP/1.1. `target` is neither escaped nor checked."""
    lines = [method.encode() + b" " + target + b" HTTP/1.1"]
    given = {name.lower() for name, _ in headers}
    if b"host" not in given:
        lines.append(b"Host: pods.test")
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def send_all(address: Address, requests: Sequence[bytes], *, connections: int) -> list[Wire]:
    """The answers in the order of the requests, which are pipelined on several connections."""
    answers: list[Wire] = [NOTHING] * len(requests)
    starts = iter(range(0, len(requests), IN_A_ROW))

    async def work() -> None:
        connection = _Connection(address)
        for start in starts:
            batch = requests[start : start + IN_A_ROW]
            answers[start : start + len(batch)] = await connection.send(batch)
        connection.close()

    async with asyncio.TaskGroup() as workers:
        for _ in range(connections):
            workers.create_task(work())
    return answers


class _Connection:
    """Opened again whenever the other side ends it, as it does after what is no HTTP."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, batch: Sequence[bytes]) -> list[Wire]:
        """As many answers as requests."""
        answers: list[Wire] = []
        while len(answers) < len(batch):
            fresh = self._streams is None
            got = await self._some(batch[len(answers) :])
            # One that gets no answer on a connection of its own gets none.
            answers += got or ([NOTHING] if fresh else [])
        return answers

    async def _some(self, batch: Sequence[bytes]) -> list[Wire]:
        answers: list[Wire] = []
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(*self._address)
                reader, writer = self._streams
                writer.write(b"".join(batch))
                for asked in batch:
                    answers.append(await _read(reader, bodiless=asked.startswith(b"HEAD ")))
                    if answers[-1].headers.get(b"connection", b"").lower() == b"close":
                        self.close()
                        break
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
        return answers

    def close(self) -> None:
        if self._streams:
            with suppress(OSError):
                self._streams[1].close()
        self._streams = None


async def _read(reader: asyncio.StreamReader, *, bodiless: bool) -> Wire:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    status = int(first.split(b" ", 2)[1])
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    if bodiless or status in {204, 304}:
        return Wire(status, headers, b"")
    if headers.get(b"transfer-encoding") == b"chunked":
        return Wire(status, headers, await _chunks(reader))
    return Wire(status, headers, await reader.readexactly(int(headers.get(b"content-length", b"0"))))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return body
