"""No client keeps a pod waiting: what fits the router's buffer is whole before a pod sees the request, whatever the
method; what does not fit has to keep up a rate.
"""

from __future__ import annotations

import asyncio
import http.client
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import h2.connection
import h2.events
import pytest

from router.limits import Limits
from tests.router.running import RunningRouter, eventually
from tests.router.stubs import Answer, Owned, Seen, StubCluster

KIB = 1024
BUFFER = 256 * KIB
CHUNKED = "Transfer-Encoding: chunked"
METHODS = ["GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT", "REPORT"]


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(arrival_seconds=2, body_seconds=1, body_bytes_per_second=200 * KIB)


@pytest.fixture(autouse=True)
def _owned(stubs: StubCluster) -> None:
    stubs.owned["/slow"] = Owned("pod_eu0")


class Client:
    """Sends one request to /slow/x over HTTP/1.1, piece by piece."""

    def __init__(self, router: RunningRouter) -> None:
        self.socket = socket.create_connection(("127.0.0.1", router.ports["people"]), timeout=10)
        self.method = ""

    def begin(self, method: str, *headers: str) -> None:
        self.method = method
        self.socket.sendall("\r\n".join([f"{method} /slow/x HTTP/1.1", "Host: x", *headers, "", ""]).encode())

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def status(self) -> int:
        answer = http.client.HTTPResponse(self.socket, method=self.method)
        answer.begin()
        return answer.status

    heard = status


class Client2:
    """The same over HTTP/2."""

    def __init__(self, router: RunningRouter) -> None:
        self.socket = socket.create_connection(("127.0.0.1", router.ports["people"]), timeout=10)
        self.http = h2.connection.H2Connection()
        self.http.initiate_connection()
        self.sent = 0

    def begin(self, method: str, *headers: str) -> None:
        fields = [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", "/slow/x")]
        fields += [(name.lower(), value) for name, _, value in (header.partition(": ") for header in headers)]
        self.http.send_headers(1, fields)
        self.socket.sendall(self.http.data_to_send())

    def send(self, data: bytes, *, last: bool = False) -> None:
        for start in range(0, len(data), 16 * KIB):
            self.http.send_data(1, data[start : start + 16 * KIB])
        if last:
            self.http.end_stream(1)
        self.socket.sendall(self.http.data_to_send())

    def fill(self) -> None:
        """Send as much as Envoy takes."""
        while not (room := self.http.local_flow_control_window(1)):
            self.http.receive_data(self.socket.recv(64 * KIB))
        self.sent += min(room, 16 * KIB)
        self.send(b"x" * min(room, 16 * KIB))

    def status(self) -> int:
        while not (status := self.heard()):
            pass
        return status

    def heard(self) -> int:
        """The status, or 0 when what comes next is something else."""
        for event in self.http.receive_data(self.socket.recv(64 * KIB)):
            if isinstance(event, h2.events.ResponseReceived):
                return int(dict(event.headers)[b":status"])
        return 0


@pytest.fixture
def client(router: RunningRouter) -> Iterator[Client]:
    client = Client(router)
    yield client
    client.socket.close()


@pytest.fixture
def client2(router: RunningRouter) -> Iterator[Client2]:
    client = Client2(router)
    yield client
    client.socket.close()


def drip(client: Client | Client2, piece: bytes = b"x") -> int:
    """Send a piece every tenth of a second until there is an answer; its status."""
    for _ in range(100):
        if select.select([client.socket], [], [], 0.1)[0] and (status := client.heard()):
            return status
        client.send(piece)
    raise AssertionError("no answer")


def at_once(sent: Callable[[str], int], methods: Sequence[str]) -> dict[str, int]:
    """The status that each method gets, all at the same time: nearly all of it goes by while somebody waits."""
    with ThreadPoolExecutor(len(methods)) as threads:
        return dict(zip(methods, threads.map(sent, methods), strict=True))


def begun(router: RunningRouter, stubs: StubCluster) -> list[str]:
    """The methods of the requests that reached a pod, after one that was sent later did."""
    assert router.send("REPORT", "/slow/later").status == 200
    return [seen.method for pod in stubs.pods.values() for seen in pod.begun if seen.target == "/slow/x"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("upgrade", [(), ("Connection: upgrade", "Upgrade: websocket")], ids=["", "upgrade"])
def test_a_pod_sees_a_request_when_its_body_is_whole(
    router: RunningRouter, client: Client, stubs: StubCluster, method: str, upgrade: tuple[str, ...]
) -> None:
    client.begin(method, "Content-Length: 6", *upgrade)
    client.send(b"abc")
    assert begun(router, stubs) == []
    client.send(b"def")
    assert client.status() == 200
    assert [(seen.method, seen.body_bytes) for seen in stubs["pod_eu0"].served[-1:]] == [(method, 6)]


@pytest.mark.parametrize("method", METHODS)
def test_a_body_of_unknown_length_that_fits_gets_one(
    router: RunningRouter, client: Client, stubs: StubCluster, method: str
) -> None:
    client.begin(method, CHUNKED)
    client.send(b"3\r\nabc\r\n")
    assert begun(router, stubs) == []
    client.send(b"0\r\n\r\n")
    assert client.status() == 200
    seen = stubs["pod_eu0"].served[-1]
    assert (seen.body_bytes, seen.header("content-length"), seen.header("transfer-encoding")) == (3, "3", None)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("length", [(), ("Content-Length: 6",)], ids=["unknown", "known"])
def test_the_same_over_http_2(
    router: RunningRouter, client2: Client2, stubs: StubCluster, method: str, length: tuple[str, ...]
) -> None:
    client2.begin(method, *length)
    client2.send(b"abc")
    assert begun(router, stubs) == []
    client2.send(b"def", last=True)
    assert client2.status() == 200
    assert (stubs["pod_eu0"].served[-1].method, stubs["pod_eu0"].served[-1].body_bytes) == (method, 6)
    assert stubs["pod_eu0"].served[-1].header("content-length") == "6"


@pytest.mark.parametrize("length", ["Content-Length: 100000", CHUNKED])
def test_a_body_that_drips_in_is_given_up_and_no_pod_saw_it(
    router: RunningRouter, stubs: StubCluster, length: str
) -> None:
    def sent(method: str) -> int:
        client = Client(router)
        with closing(client.socket):
            client.begin(method, length)
            return drip(client, b"1\r\nx\r\n" if length == CHUNKED else b"x")

    assert at_once(sent, METHODS) == dict.fromkeys(METHODS, 408)
    assert begun(router, stubs) == []


def test_one_that_drips_in_over_http_2_too(router: RunningRouter, stubs: StubCluster) -> None:
    def sent(method: str) -> int:
        client = Client2(router)
        with closing(client.socket):
            client.begin(method)
            return drip(client)

    assert at_once(sent, METHODS) == dict.fromkeys(METHODS, 408)
    assert begun(router, stubs) == []


@pytest.mark.parametrize(
    ("length", "dripping"),
    [(f"Content-Length: {BUFFER * 2}", True), (f"Content-Length: {BUFFER * 2}", False), (CHUNKED, True)],
)
def test_a_body_beyond_the_buffer_has_to_keep_up_a_rate(
    router: RunningRouter, client: Client, stubs: StubCluster, length: str, dripping: bool
) -> None:
    client.begin("POST", length)
    wrap = "{:x}\r\n{}\r\n" if length == CHUNKED else "{1}"
    client.send(wrap.format(BUFFER + 1, "x" * (BUFFER + 1)).encode())
    eventually(lambda: stubs["pod_eu0"].begun)
    assert (drip(client, wrap.format(1, "x").encode()) if dripping else client.status()) == 408
    # The pod waits no longer either.
    eventually(lambda: not stubs["pod_eu0"].reading)
    assert stubs["pod_eu0"].served == []


def test_one_beyond_the_buffer_over_http_2(router: RunningRouter, client2: Client2, stubs: StubCluster) -> None:
    client2.begin("PUT")
    while client2.sent <= BUFFER:
        client2.fill()
    eventually(lambda: stubs["pod_eu0"].begun)
    assert drip(client2) == 408
    eventually(lambda: not stubs["pod_eu0"].reading)


def test_a_large_body_that_keeps_up_takes_as_long_as_it_takes(
    router: RunningRouter, client: Client, stubs: StubCluster
) -> None:
    """And so does its answer: here both outlast what a body has by itself."""

    async def page(seen: Seen) -> Answer:
        await asyncio.sleep(router.limits.arrival_seconds + 2)
        return Answer(200, {}, str(seen.body_bytes).encode())

    stubs["pod_eu0"].pages["/slow/x"] = page
    client.begin("POST", f"Content-Length: {20 * 32 * KIB}")
    for _ in range(20):
        client.send(b"x" * 32 * KIB)
        select.select([client.socket], [], [], 0.1)
    assert client.status() == 200


def test_an_answer_may_take_longer_than_a_body(router: RunningRouter, stubs: StubCluster) -> None:
    async def page(seen: Seen) -> Answer:
        await asyncio.sleep(router.limits.arrival_seconds + 1)
        return Answer()

    def sent(method: str) -> int:
        return router.send(method, f"/slow/{method}", body=b"body").status

    methods = ("GET", "POST")
    stubs["pod_eu0"].pages |= {f"/slow/{method}": page for method in methods}
    for _ in ("learned", "remembered"):
        assert at_once(sent, methods) == dict.fromkeys(methods, 200)


def test_those_who_send_at_once_are_served_meanwhile(router: RunningRouter, stubs: StubCluster) -> None:
    clients = [Client(router) for _ in range(20)]
    for number, client in enumerate(clients):
        client.begin(METHODS[number % len(METHODS)], "Content-Length: 100000")
        client.send(b"x")
    assert [router.send(method, "/slow/fast", body=b"body").status for method in METHODS] == [200] * len(METHODS)
    for client in clients:
        assert client.status() == 408
        client.socket.close()


def test_lua_never_fails(router: RunningRouter) -> None:
    """The last test of this file: whatever happened above, no filter stumbled."""
    assert router.statistic("http.router.lua.pods.errors") == 0
    assert router.statistic("http.router.lua.streamed.errors") == 0
    assert router.statistic("http.router.lua.streamed.slow") > 0
