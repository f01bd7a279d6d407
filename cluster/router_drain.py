"""Let a router end what it has begun, and take nothing new, before it is stopped: Envoy drops requests at SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from topology.words import in_words

DRAIN_SECONDS = 10.0
POLL_SECONDS = 0.05
ANSWER_SECONDS = 2.0
ACTIVE = "http.router.downstream_rq_active"


class NotDrained(Exception):
    """The router does not answer at its admin socket, or still has requests after as long as it may take."""


async def drain(admin: Path, *, seconds: float = DRAIN_SECONDS) -> None:
    """Close the listeners, ask clients to come back on new connections, and return when no request is open.

    `admin` is the socket of Envoy's admin interface (its manual: "Draining"). Raises `NotDrained` after `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            await _ask(admin, "POST", "/healthcheck/fail")
            await _ask(admin, "POST", "/drain_listeners")
            while f"{ACTIVE}: 0" not in await _ask(admin, "GET", f"/stats?filter=^{ACTIVE}$"):
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise NotDrained(f"requests are still open after {seconds:g} s") from None
    except OSError as error:
        raise NotDrained(f"its admin socket does not answer: {in_words(error)}") from None


async def _ask(admin: Path, method: str, target: str) -> str:
    """What comes back, as it stands on the wire."""
    async with asyncio.timeout(ANSWER_SECONDS):
        reader, writer = await asyncio.open_unix_connection(admin)
        try:
            writer.write(f"{method} {target} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".encode())
            return (await reader.read()).decode(errors="replace")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
