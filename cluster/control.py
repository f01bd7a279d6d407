"""How commands talk to the supervisor: one JSON line each way, over a Unix socket that only its owner may open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from cluster.exceptions import ControlBroken, NotRunning
from operations.exceptions import OperationsError
from operations.hints import command
from topology.words import in_words

LONGEST_LINE = 64 * 1024
REQUEST_SECONDS = 5.0
# Longer than the longest request: a stop or start that uses its whole timeout.
ANSWER_SECONDS = 90.0

Message = dict[str, Any]
Handler = Callable[[Message], Awaitable[Message]]


async def listen(path: Path, handler: Handler) -> asyncio.Server:
    """Answer each request with what `handler` returns, or with the message of the `ClusterError` it raises.

    A socket left by a killed supervisor is replaced; the caller holds the cluster's lock.
    """
    path.unlink(missing_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            try:
                line = await asyncio.wait_for(reader.readline(), REQUEST_SECONDS)
                answer = {"ok": True, **await handler(json.loads(line))}
            except OperationsError as error:
                answer = {"ok": False, "error": str(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await asyncio.wait_for(writer.drain(), REQUEST_SECONDS)
        writer.close()

    server = await asyncio.start_unix_server(serve, path, limit=LONGEST_LINE)
    path.chmod(0o600)
    return server


def ask(path: Path, request: Message, *, seconds: float = ANSWER_SECONDS) -> Message:
    """Return the supervisor's answer. Raises `NotRunning` when nothing listens, `ControlBroken` when it does not answer
    within `seconds` or refuses the request.
    """
    try:
        answer = json.loads(_exchange(path, json.dumps(request).encode() + b"\n", seconds))
    except (FileNotFoundError, ConnectionRefusedError):
        raise NotRunning(f"the cluster is not running; start it with: {command('cluster up')}") from None
    except (OSError, ValueError) as error:
        raise ControlBroken(
            f"the supervisor does not answer ({in_words(error)}); check the logs with: {command('cluster logs')}"
        ) from None
    if not answer.pop("ok"):
        raise ControlBroken(answer["error"])
    return dict(answer)


def _exchange(path: Path, request: bytes, seconds: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(str(path))
        connection.sendall(request)
        received = b""
        while not received.endswith(b"\n"):
            more = connection.recv(LONGEST_LINE)
            if not more or len(received) > 16 * LONGEST_LINE:
                raise ValueError("its answer is no line")
            received += more
        return received
