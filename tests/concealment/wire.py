"""What somebody who looks for private names sees: each byte of a response, and its time."""

from __future__ import annotations

import math
import re
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple

from topology import Address

TIMEOUT_SECONDS = 20
_DATE = re.compile(rb"(?<=\ndate: )[^\r]+", re.IGNORECASE)


class Sight(NamedTuple):
    """A response, with the name that was asked for left out, and the seconds that it took."""

    bytes: bytes
    seconds: float


def look(address: Address, path: str, name: str, *, cookie: str = "", method: str = "GET", token: str = "") -> Sight:
    """Ask on a connection of its own. `name` is the part of `path` that may differ; alike names are as long.
    With the `token` of a form, it is sent with nothing filled in.
    """
    lines = [f"{method} {path} HTTP/1.1", "Host: pods.test", "Connection: close"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"X-CSRFToken: {token}", "Content-Length: 0"] if token else []
    with socket.create_connection(address, timeout=TIMEOUT_SECONDS) as client:
        started = time.perf_counter()
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        received = client.recv(65536)
        seconds = time.perf_counter() - started
        while part := client.recv(65536):
            received += part
    return Sight(_DATE.sub(b"<now>", received).replace(name.encode(), b"<name>"), seconds)


def told_apart(one: Sequence[float], other: Sequence[float]) -> float:
    """How well the larger of two samples can be guessed, 0.5 for not at all and 1.0 for always (the area
    under the ROC curve, which is the Mann-Whitney statistic over the number of pairs).
    """
    pairs = [(left < right) + (left == right) / 2 for left in one for right in other]
    return max(sum(pairs), len(pairs) - sum(pairs)) / len(pairs)


def by_chance(one: Sequence[float], other: Sequence[float], deviations: float = 4.0) -> float:
    """The largest `told_apart` that two samples of the same thing may show, but for one run in 16,000."""
    m, n = len(one), len(other)
    return 0.5 + deviations * math.sqrt((m + n + 1) / (12 * m * n))
