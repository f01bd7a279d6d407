"""Ask a pod or a router over HTTP, with a limit to everything."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple

from topology import Address

READINESS = "/-/readiness"
LONGEST_ANSWER = 64 * 1024
PROBE_SECONDS = 2.0


class Answer(NamedTuple):
    """What came back: the status, 0 when nothing did, and the body's text or the reason."""

    status: int
    body: str


async def get(address: Address, path: str, *, seconds: float = PROBE_SECONDS) -> Answer:
    """The answer to one GET request; never raises for what the network does."""
    try:
        async with asyncio.timeout(seconds):
            return await _get(address, path)
    except TimeoutError:
        return Answer(0, f"no answer within {seconds:g} s")
    except (OSError, ValueError, IndexError, asyncio.IncompleteReadError) as error:
        return Answer(0, str(error))


async def _get(address: Address, path: str) -> Answer:
    reader, writer = await asyncio.open_connection(*address, limit=LONGEST_ANSWER)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode("ascii"))
        await writer.drain()
        received = await reader.read(LONGEST_ANSWER)
        while len(received) < LONGEST_ANSWER and (more := await reader.read(LONGEST_ANSWER)):
            received += more
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    head, _, body = received.partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), body.decode(errors="replace"))
