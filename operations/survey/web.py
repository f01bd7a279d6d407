"""HTTP requests to pods and routers, with limits on time and size."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple

import httpx

from topology import Address
from topology.words import in_words

READINESS = "/-/readiness"
LONGEST_ANSWER = 64 * 1024
PROBE_SECONDS = 2.0


class Answer(NamedTuple):
    """The status and the body's text; or status 0 and the reason when there was no response."""

    status: int
    body: str
    is_silent: bool = False
    """Whether nothing came at all, not even a refusal."""


async def get(address: Address, path: str, *, seconds: float = PROBE_SECONDS, longest: int = LONGEST_ANSWER) -> Answer:
    """Send one GET request and read at most `longest` bytes; never raises for network errors."""
    try:
        # httpx bounds each step; this bounds all of them together.
        async with asyncio.timeout(seconds):
            return await _get(f"http://{address}{path}", seconds, longest)
    except (TimeoutError, httpx.TimeoutException):
        return Answer(0, f"no answer within {seconds:g} s", is_silent=True)
    except (OSError, httpx.HTTPError) as error:
        return Answer(0, in_words(error))


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


async def _get(url: str, seconds: float, longest: int) -> Answer:
    async with (
        httpx.AsyncClient(trust_env=False, timeout=seconds, verify=False) as client,  # noqa: S501  plain HTTP
        client.stream("GET", url, headers={"Connection": "close", "Accept-Encoding": "identity"}) as response,
    ):
        received = b""
        async for piece in response.aiter_bytes():
            received += piece
            if len(received) >= longest:
                break
    return Answer(response.status_code, received[:longest].decode(errors="replace"))
