"""HTTP requests to pods and routers, with limits on time and size."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from topology import Address

READINESS = "/-/readiness"
LONGEST_ANSWER = 64 * 1024
PROBE_SECONDS = 2.0


class Answer(NamedTuple):
    """The status and the body's text; or status 0 and the reason when there was no response."""

    status: int
    body: str


async def get(address: Address, path: str, *, seconds: float = PROBE_SECONDS, longest: int = LONGEST_ANSWER) -> Answer:
    """Send one GET request and read at most `longest` bytes; never raises for network errors."""
    try:
        async with asyncio.timeout(seconds):
            return await _get(address, path, longest)
    except TimeoutError:
        return Answer(0, f"no answer within {seconds:g} s")
    except (OSError, ValueError, IndexError, asyncio.IncompleteReadError) as error:
        return Answer(0, str(error))


async def listens(address: Address, *, seconds: float = PROBE_SECONDS) -> bool:
    """Whether something accepts connections at an address."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(*address)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _get(address: Address, path: str, longest: int) -> Answer:
    reader, writer = await asyncio.open_connection(*address, limit=longest)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode("ascii"))
        await writer.drain()
        received = await reader.read(longest)
        while len(received) < longest and (more := await reader.read(longest)):
            received += more
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    head, _, body = received.partition(b"\r\n\r\n")
    if b"\r\ntransfer-encoding: chunked" in head.lower():
        body = b"".join(_chunks(body))
    return Answer(int(head.split(b" ", 2)[1]), body.decode(errors="replace"))


def _chunks(body: bytes) -> Iterator[bytes]:
    """The data of a body in chunks (RFC 9112, 7.1), as far as it was read. Raises `ValueError` when it is none."""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        yield body[:length]
        body = body[length + 2 :] if length else b""
