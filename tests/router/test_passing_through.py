"""What is not the router's business passes as it came."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
from collections.abc import AsyncIterator, Iterator

import httpx
import psutil  # type: ignore[import-untyped]
import pytest

from router.limits import Limits
from tests.router.running import RunningRouter, eventually
from tests.router.stubs import Answer, Owned, Seen, StubCluster

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(headers_seconds=1)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "REPORT", "PROPFIND"])
def test_every_method(router: RunningRouter, stubs: StubCluster, method: str) -> None:
    stubs.owned["/methods"] = Owned("pod_eu0")
    response = router.send(method, "/methods/x")
    assert response.status == 200
    assert stubs["pod_eu0"].served[-1].method == method
    assert (response.body == b"") == (method == "HEAD")


@pytest.mark.parametrize(
    "target", ["/odd/", "/odd//", "/odd//x//y/", "/odd/a%2Fb%2f/", "/odd/%20+%2B", "/odd?a=/../b&&c=%00"]
)
def test_odd_paths(router: RunningRouter, stubs: StubCluster, target: str) -> None:
    stubs.owned["/odd"] = Owned("pod_eu0")
    assert router.get(target).json["target"] == target


UPGRADES = {
    "websocket": {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    },
    "h2c": {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"},
    "several": {"Connection": "upgrade", "Upgrade": "h2c, websocket, TLS/1.3"},
}


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("body", [None, b"body"])
def test_who_asks_for_an_upgrade_gets_the_page(
    router: RunningRouter, stubs: StubCluster, upgrade: str, body: bytes | None
) -> None:
    stubs.owned["/upgraded"] = Owned("pod_eu0")
    plain = router.send("POST", "/upgraded", body=body)
    asked = router.send("POST", "/upgraded", headers=UPGRADES[upgrade], body=body)
    assert (asked.status, asked.json["body_bytes"]) == (200, len(body or b""))
    assert [name for name, _ in asked.headers] == [name for name, _ in plain.headers]
    assert {name for name, _ in asked.json["headers"]} & {"upgrade", "connection", "http2-settings"} == set()


@pytest.mark.parametrize("host", ["", "Host: example.test\r\n"])
@pytest.mark.parametrize("body", [b"", b"body"])
def test_http_1_0(router: RunningRouter, stubs: StubCluster, host: str, body: bytes) -> None:
    """nginx speaks it to what it proxies, and health checks do, some without a Host."""
    stubs.owned["/old"] = Owned("pod_eu0")
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    response = router.raw(f"POST /old HTTP/1.0\r\n{host}{length}\r\n".encode() + body)
    assert (response.status, response.json["body_bytes"]) == (200, len(body))
    seen = Seen(**{key: value for key, value in response.json.items() if key != "pod"})
    assert seen.header("host") == ("example.test" if host else f"127.0.0.1:{router.ports['people']}")


def test_a_stream_for_http_1_0_ends_with_its_connection(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/old-stream"] = Owned("pod_eu0")

    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async def page(seen: Seen) -> Answer:
        return Answer(200, stream=parts())

    stubs["pod_eu0"].pages["/old-stream"] = page
    response = router.raw(b"GET /old-stream HTTP/1.0\r\nHost: x\r\n\r\n")
    assert (response.body, response["transfer-encoding"]) == (b"one two", None)


def test_server_sent_events_come_one_by_one(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/events"] = Owned("pod_eu0")
    wanted: asyncio.Queue[bytes] = asyncio.Queue()

    async def events() -> AsyncIterator[bytes]:
        while event := await wanted.get():
            yield event

    async def page(seen: Seen) -> Answer:
        return Answer(200, {"content-type": "text/event-stream"}, stream=events())

    stubs["pod_eu0"].pages["/events"] = page
    connection = http.client.HTTPConnection("127.0.0.1", router.ports["people"], timeout=10)
    connection.request("GET", "/events")
    response = connection.getresponse()
    for number in range(3):
        # The next one is sent only when this one has arrived.
        stubs.call(wanted.put_nowait, b"data: %d\n\n" % number)
        assert response.readline() == b"data: %d\n" % number
        assert response.readline() == b"\n"
    stubs.call(wanted.put_nowait, b"")
    assert response.read() == b""
    connection.close()


def test_an_upload_of_500_mb_with_flat_memory(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/upload"] = Owned("pod_us1")
    part, count = bytes(range(256)) * 4096, 500
    digest = hashlib.sha256()

    def body() -> Iterator[bytes]:
        for _ in range(count):
            digest.update(part)
            yield part

    envoy, largest = psutil.Process(router.child.pid), 0
    before = envoy.memory_info().rss

    def watched() -> Iterator[bytes]:
        nonlocal largest
        for each in body():
            largest = max(largest, envoy.memory_info().rss)
            yield each

    response = router.send("PUT", "/upload/file", body=watched(), timeout=60)
    assert (response.status, response.json["body_bytes"]) == (200, count * MIB)
    assert response.json["body_sha256"] == digest.hexdigest()
    assert largest - before < 32 * MIB


def test_expect_100_continue(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/expects"] = Owned("pod_eu0")
    with httpx.Client() as client:
        response = client.put(
            f"http://127.0.0.1:{router.ports['people']}/expects", content=b"body", headers={"Expect": "100-continue"}
        )
    assert (response.status_code, response.json()["body_bytes"]) == (200, 4)


def test_http_2(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/two"] = Owned("pod_eu0", epoch=1)
    with httpx.Client(http1=False, http2=True, base_url=f"http://127.0.0.1:{router.ports['people']}") as client:
        assert client.get("/two/a%2Fb?c").json()["target"] == "/two/a%2Fb?c"
        stubs.owned["/two"] = Owned("pod_us1", epoch=2)
        response = client.post("/two", content=iter([b"streamed ", b"body"]))
        assert (response.http_version, response.json()["pod"], response.json()["body_bytes"]) == (
            "HTTP/2",
            "pod_us1",
            13,
        )
        # A body of unknown length that fits is whole, and sent again; a larger one is not entrusted to the cache.
        assert [learn.get("fresh", "") for learn in stubs.learns] == [""]
        assert len(stubs["pod_eu0"].misrouted) == 1
        response = client.post("/two", content=iter([b"x" * router.limits.buffer_bytes, b"x"]))
        assert response.json()["body_bytes"] == router.limits.buffer_bytes + 1
    assert sorted(learn.get("fresh", "") for learn in stubs.learns) == ["", "1"]


def test_a_response_passes_as_it_is(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/as-is"] = Owned("pod_eu0")

    async def page(seen: Seen) -> Answer:
        headers = {"content-encoding": "gzip", "location": "http://x/y", "set-cookie": "a=b", "etag": '"1"'}
        return Answer(302, headers, b"\x1f\x8b not really")

    stubs["pod_eu0"].pages["/as-is"] = page
    response = router.get("/as-is")
    assert (response.status, response.body) == (302, b"\x1f\x8b not really")
    assert [response[name] for name in ("content-encoding", "location", "set-cookie", "etag")] == [
        "gzip",
        "http://x/y",
        "a=b",
        '"1"',
    ]


@pytest.mark.parametrize("more", ["", "Transfer-Encoding: chunked\r\n"])
def test_headers_that_are_too_many_with_the_routers_own_are_refused_too(
    router: RunningRouter, stubs: StubCluster, more: str
) -> None:
    headers = "".join(f"X-{number}: x\r\n" for number in range(router.limits.headers_count - 3))
    response = router.raw(f"POST / HTTP/1.1\r\nHost: x\r\n{more}{headers}\r\n0\r\n\r\n".encode())
    assert (response.status, response.body) == (431, b"Request Header Fields Too Large")


def test_headers_that_never_end_are_given_up(router: RunningRouter, stubs: StubCluster) -> None:
    too_many = "".join(f"X-{number}: x\r\n" for number in range(router.limits.headers_count + 1))
    too_large = "X-Large: " + "x" * router.limits.headers_kib * 1024
    for headers in (too_many, f"{too_large}\r\n"):
        response = router.raw(f"GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
        assert response.status == 431


def test_a_client_that_dawdles_over_its_headers_is_cut_off(router: RunningRouter, stubs: StubCluster) -> None:
    response = router.raw(b"GET / HTTP/1.1\r\nHost: x\r\nX-Never: ends")
    assert response.status == 408
    assert response.seconds < router.limits.headers_seconds + 2


def test_lua_never_fails(router: RunningRouter, stubs: StubCluster) -> None:
    """The last test of this file: whatever happened above, no filter stumbled."""
    router.get("/last")
    assert eventually(lambda: router.logged("/last"))
    assert router.statistic("http.router.lua.pods.errors") == 0
    assert router.statistic(r"cluster\..*\.lua\.errors") == 0
