"""Stub pods, faster than real ones, so that what is in front of them is measured.

`python -m bench.stub_pod pod_us0,pod_us1 8100 8101` is all of the pods, on all of the ports.

They answer learn by a hash of the first segment, every other path with a small page and its cache header.
A stub cannot replace a pod in a test: it owns whatever it is asked for.
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
        body = json.dumps({"path": prefix, "pod": owner(path, pods), "source": "routable"}).encode()
        kind = b"Content-Type: application/json\r\nCache-Control: max-age=%d" % LIFE_SECONDS
    else:
        prefix, body, kind = _prefix(target.partition(b"?")[0].decode("ascii")), PAGE, b"Content-Type: text/html"
    cache = json.dumps({"path_prefix": prefix + "/"}).encode()
    return _response(body, kind, b"X-Gitlab-Pod-Cache: " + cache, b"X-Gitlab-Pod-Epoch: 1")


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
    while True:
        for number, _ in poll.poll():
            if number in listeners:
                client, _address = listeners[number].accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                poll.register(client, select.EPOLLIN)
            elif not _answer_one(clients[number], pods):
                poll.unregister(number)
                clients.pop(number).close()


def _answer_one(client: socket.socket, pods: list[str]) -> bool:
    """Whether the connection lives on."""
    try:
        request = client.recv(READ_BYTES)
        if request:
            client.sendall(answer(request.split(b" ", 2)[1], pods))
    except OSError:
        return False
    return bool(request)


if __name__ == "__main__":
    serve([int(port) for port in sys.argv[2:]], sys.argv[1].split(","))
