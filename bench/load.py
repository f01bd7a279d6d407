"""A load generator in processes of its own, over keep-alive connections.

Each connection sends its next request after an answer, or requests are due at a fixed rate.
"""

from __future__ import annotations

import multiprocessing
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import quantiles

from bench.exceptions import AnswersWrong

WAIT_SECONDS = 10
READ_BYTES = 65536
HEADERS_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What one generator sends: `requests` in turn, over so many connections, until `count` or `seconds` is over.

    With a `rate`, so many requests are due in each second whatever became of those before (an open loop). One that
    finds every connection in use is late, and its latency counts from when it was due.
    """

    host: str
    port: int
    requests: Sequence[bytes]
    connections: int = 8
    seconds: float = 2.0
    count: int = 1_000_000_000
    rate: float = 0


@dataclass(frozen=True)
class Answers:
    """How many came, in how many seconds, with which status; latencies are in seconds."""

    count: int
    seconds: float
    statuses: Counter[int]
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Throughput."""
        return self.count / self.seconds

    def percentile(self, number: int) -> float:
        """The latency that so many percent of the answers did not exceed, in seconds."""
        return quantiles(self.latencies, n=100)[number - 1]

    def expect(self, status: int) -> None:
        """Raises `AnswersWrong` unless every answer had this status."""
        if set(self.statuses) != {status}:
            raise AnswersWrong(f"expected only {status}, got {dict(self.statuses)}; look at the logs of what answered")


class _Connection:
    """One keep-alive connection with the request that it waits for."""

    __slots__ = ("received", "sent_at", "socket")

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=WAIT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what there is; whether the answer is complete."""
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise AnswersWrong(f"the connection was closed within an answer, after {self.received[:200]!r}")
        self.received += data
        return is_complete(self.received)


def is_complete(answer: bytes) -> bool:
    """Whether these bytes are a whole HTTP/1.1 answer, by its Content-Length or its last chunk."""
    headers_end = answer.find(HEADERS_END)
    if headers_end < 0:
        return False
    headers = answer[:headers_end].lower()
    at = headers.find(b"content-length:")
    if at >= 0:
        length = int(headers[at + 15 :].split(b"\r\n", 1)[0])
        return len(answer) >= headers_end + len(HEADERS_END) + length
    return b"transfer-encoding: chunked" not in headers or answer.endswith(b"0" + HEADERS_END)


def generate(load: Load, skip: int = 0) -> Answers:
    """Send the load from this process, beginning with request number `skip`, and return what came back."""
    return _paced(load, skip) if load.rate else _saturating(load, skip)


def _saturating(load: Load, skip: int) -> Answers:
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    requests = islice(cycle(load.requests), skip, None)
    connections = {c.socket.fileno(): c for c in (_Connection(load.host, load.port) for _ in range(load.connections))}
    started = time.perf_counter()
    for connection in connections.values():
        connection.send(next(requests))
    waiting, end = len(connections), started + load.seconds
    with select.epoll() as poll:
        for number in connections:
            poll.register(number, select.EPOLLIN)
        while waiting:
            ready = poll.poll(WAIT_SECONDS)
            if not ready:
                raise AnswersWrong(f"{load.host}:{load.port} did not answer for {WAIT_SECONDS} s")
            for number, _ in ready:
                connection = connections[number]
                if not connection.receive():
                    continue
                now = time.perf_counter()
                latencies.append(now - connection.sent_at)
                statuses[int(connection.received[9:12])] += 1
                if now < end and len(latencies) + waiting <= load.count:
                    connection.send(next(requests))
                else:
                    waiting -= 1
    for connection in connections.values():
        connection.socket.close()
    return Answers(len(latencies), time.perf_counter() - started, statuses, latencies)


def _paced(load: Load, skip: int) -> Answers:
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    requests = islice(cycle(load.requests), skip, None)
    connections = [_Connection(load.host, load.port) for _ in range(load.connections)]
    by_socket = {connection.socket: connection for connection in connections}
    idle, sent, total = deque(connections), 0, int(min(load.count, load.rate * load.seconds))
    started = time.perf_counter()
    while len(latencies) < total:
        while sent < total and idle and (due := started + sent / load.rate) <= time.perf_counter():
            connection = idle.popleft()
            connection.send(next(requests))
            connection.sent_at = due
            sent += 1
        wait = started + sent / load.rate - time.perf_counter() if idle and sent < total else WAIT_SECONDS
        # Not epoll, which waits for whole milliseconds.
        ready, _, _ = select.select(by_socket, (), (), max(0.0, wait))
        if not ready and wait == WAIT_SECONDS:
            raise AnswersWrong(f"{load.host}:{load.port} did not answer for {WAIT_SECONDS} s")
        for each in ready:
            connection = by_socket[each]
            if connection.receive():
                latencies.append(time.perf_counter() - connection.sent_at)
                statuses[int(connection.received[9:12])] += 1
                idle.append(connection)
    for connection in connections:
        connection.socket.close()
    return Answers(len(latencies), time.perf_counter() - started, statuses, latencies)


class Generators:
    """So many generator processes, started once: what they cost is not charged to what they measure."""

    def __init__(self, executor: ProcessPoolExecutor, processes: int) -> None:
        self._executor = executor
        self._processes = processes

    def send(self, load: Load) -> Answers:
        """The load from every process at once, each beginning elsewhere in the requests; answers together."""
        step = len(load.requests) // self._processes
        parts = list(self._executor.map(generate, [load] * self._processes, [n * step for n in range(self._processes)]))
        return Answers(
            sum(part.count for part in parts),
            max(part.seconds for part in parts),
            sum((part.statuses for part in parts), Counter()),
            [latency for part in parts for latency in part.latencies],
        )


@contextmanager
def generators(processes: int = 1) -> Iterator[Generators]:
    """Generator processes for as long as the block lasts."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as executor:
        list(executor.map(abs, range(processes)))
        yield Generators(executor, processes)


def get(path: str, host: str = "bench", **headers: str) -> bytes:
    """The bytes of a GET request; names of `headers` with underscores for dashes."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
