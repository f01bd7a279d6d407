"""One visitor with slow bodies stops nobody else: sign-in and other forms go on at every pod."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.running_cluster import RunningCluster
from tests.visitor import Visitor

UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
LARGE = 400_000
REQUESTS = [
    "GET /users/sign_in HTTP/1.1\r\nContent-Length: 100000\r\n",
    "DELETE /users/sign_in HTTP/1.1\r\nContent-Length: 100000\r\n",
    f"GET /users/sign_in HTTP/1.1\r\nContent-Length: 100000\r\n{UPGRADE}",
    "POST /users/sign_in HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
    f"POST /users/sign_in HTTP/1.1\r\nContent-Length: {LARGE}\r\n",
]


@pytest.fixture
def slow_clients(cluster: RunningCluster) -> Iterator[list[socket.socket]]:
    """Two of each kind at both routers; those with large bodies stop when the router no longer holds them whole."""
    clients = []
    for router in ("us", "eu"):
        for request in REQUESTS * 2:
            client = socket.create_connection(cluster.topology.routers[router].address, timeout=60)
            beginning = b"x" * 300_000 if str(LARGE) in request else b"5\r\nx"
            client.sendall(f"{request}Host: x\r\n\r\n".encode() + beginning)
            clients.append(client)
    yield clients
    for client in clients:
        client.close()


@pytest.mark.parametrize("router", ["us", "eu"])
def test_others_sign_in_meanwhile(cluster: RunningCluster, slow_clients: list[socket.socket], router: str) -> None:
    for username in ("mia", "alice"):
        with Visitor(cluster, router) as visitor:
            visitor.sign_in(username)


def test_an_upgrade_at_a_pods_own_address_changes_nothing(cluster: RunningCluster) -> None:
    """The server of a pod serves no WebSockets either."""
    address = cluster.topology.pod("pod_eu0").address
    answers = []
    for upgrade in ("", UPGRADE, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"):
        with socket.create_connection(address, timeout=10) as client:
            client.sendall(f"GET /-/liveness HTTP/1.1\r\nHost: x\r\n{upgrade}Connection: close\r\n\r\n".encode())
            with client.makefile("rb") as answer:
                head, _, body = answer.read().partition(b"\r\n\r\n")
        answers.append((head.splitlines()[0], body))
    assert answers == [(b"HTTP/1.1 200 OK", b"alive\n")] * 3
