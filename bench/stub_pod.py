"""Stub pods, faster than real ones, so that what is in front of them is measured.

`python -m bench.stub_pod pod_us0,pod_us1 8100 8101` is all of the pods, on all of the ports.

They answer learn by a hash of the first segment, every other path with a small page and its cache header. Paths below
`KEYLESS` belong to callers: to the last pod, so that a router has to be sent there, and remembers it for a token.
A stub cannot replace a pod in a test: it owns everything else that it is asked for.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import zlib
from urllib.parse import parse_qs

READ_BYTES = 65536
LEARN = b"/api/v4/pods/learn?"
BACKLOG = 512
PAGE = b"<!doctype html><title>A page</title>" + b"<p>Nothing to see.</p>" * 40
LIFE_SECONDS = 3600
KEYLESS = "/keyless"


def _response(body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _prefix(path: str) -> str:
    return "/" + path.split("/", 2)[1]


def owner(path: str, pods: list[str]) -> str:
    """The pod that the stubs say a path is on."""
    return pods[zlib.crc32(_prefix(path).encode()) % len(pods)]


def answer(target: bytes, pods: list[str]) -> bytes:
    """The whole response to a GET of `target`."""
    if target.startswith(LEARN):
        path = parse_qs(target[len(LEARN) :].decode("ascii"))["path_info"][0]
        prefix = _prefix(path)
        pod = pods[0] if prefix == KEYLESS else owner(path, pods)
        body = json.dumps({"path": prefix, "pod": pod, "source": "routable"}).encode()
        kind = b"Content-Type: application/json\r\nCache-Control: max-age=%d" % LIFE_SECONDS
        kind += b"\r\nX-Gitlab-Pod-By: credential" if prefix == KEYLESS else b""
    else:
        prefix, body, kind = _prefix(target.partition(b"?")[0].decode("ascii")), PAGE, b"Content-Type: text/html"
        if prefix == KEYLESS:
            return _response(body, kind)
    cache = json.dumps({"path_prefix": prefix + "/"}).encode()
    return _response(body, kind, b"X-Gitlab-Pod-Cache: " + cache, b"X-Gitlab-Pod-Epoch: 1")


def misrouted(pods: list[str]) -> bytes:
    """The response of a pod to a caller who is the last pod's."""
    told = {"path": KEYLESS, "pod": pods[-1], "source": "routable", "by": "credential"}
    return b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\nX-Gitlab-Pod-Redirect: %b\r\n\r\n" % (
        json.dumps(told).encode()
    )


def serve(ports: list[int], pods: list[str]) -> None:
    """Serve on all ports of the loopback interface until killed; GET requests, one at a time per connection."""
    poll = select.epoll()
    listeners: dict[int, socket.socket] = {}
    for port in ports:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(BACKLOG)
        listeners[listener.fileno()] = listener
        poll.register(listener, select.EPOLLIN)
    clients: dict[int, socket.socket] = {}
    last = ports[len(pods) - 1 : len(pods)]
    while True:
        for number, _ in poll.poll():
            if number in listeners:
                client, _address = listeners[number].accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                poll.register(client, select.EPOLLIN)
            elif not _answer_one(clients[number], pods, last):
                poll.unregister(number)
                clients.pop(number).close()


def _answer_one(client: socket.socket, pods: list[str], last: list[int]) -> bool:
    """Whether the connection lives on; `last` is the port of the last pod."""
    try:
        request = client.recv(READ_BYTES)
        if request:
            target = request.split(b" ", 2)[1]
            elsewhere = target.startswith(KEYLESS.encode()) and client.getsockname()[1] not in last
            client.sendall(misrouted(pods) if elsewhere else answer(target, pods))
    except OSError:
        return False
    return bool(request)


if __name__ == "__main__":
    serve([int(port) for port in sys.argv[2:]], sys.argv[1].split(","))
