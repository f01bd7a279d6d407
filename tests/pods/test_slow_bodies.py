"""Bodies that come slowly, to a pod that owns them or not: one thread always serves."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import fields

import httpx
from granian.http import HTTP1Settings

from tests.pods.conftest import Pods

PATH = "/my-company/my-project"


def begin(pods: Pods, *body_headers: str, path: str = PATH) -> socket.socket:
    """A connection on which a request, a misrouted one unless told, with the beginning of a body was sent."""
    connection = socket.create_connection(pods.cluster.topology.pod("pod_us1").address, timeout=10)
    secret = f"X-Gitlab-Router-Secret: {pods.secret}\r\nX-Gitlab-Raw-Path: {path}\r\n"
    head = f"POST {path} HTTP/1.1\r\nHost: pod\r\n{secret}" + "".join(f"{each}\r\n" for each in body_headers)
    connection.sendall(f"{head}\r\n5\r\nhello\r\n".encode())
    return connection


def is_served(pods: Pods) -> bool:
    started = time.monotonic()
    answer = httpx.get(f"{pods.cluster.pod_url('pod_us1')}/alice/dotfiles", timeout=5)
    return answer.status_code == 200 and time.monotonic() - started < 4


def test_chunked_bodies_are_refused_at_once(pods: Pods) -> None:
    with begin(pods, "Transfer-Encoding: chunked") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 421")


def test_slow_bodies_hold_all_threads_but_one(pods: Pods) -> None:
    slow = [begin(pods, "Content-Length: 100000") for _ in range(6)]
    try:
        assert is_served(pods)
        assert is_served(pods)
    finally:
        for connection in slow:
            connection.close()
    assert is_served(pods)


def test_slow_bodies_of_its_own_hold_all_threads_but_one(pods: Pods) -> None:
    """A form that is sent a byte at a time; Django reads it to compare the token with the cookie's."""
    form = httpx.get(f"{pods.cluster.pod_url('pod_us1')}/users/sign_in")
    cookies = "; ".join(f"{name}={value}" for name, value in form.cookies.items())
    more = f"Content-Type: application/x-www-form-urlencoded\r\nCookie: {cookies}"
    slow = [begin(pods, "Content-Length: 100000", more, path="/users/sign_in") for _ in range(6)]
    try:
        assert is_served(pods)
        assert is_served(pods)
        late = httpx.post(f"{pods.cluster.pod_url('pod_us1')}/alice/dotfiles", data={"a": "b"}, timeout=10)
        assert late.status_code == 503
        assert late.headers["Retry-After"]
    finally:
        for connection in slow:
            connection.close()
    assert is_served(pods)


def test_a_body_that_a_router_has_whole_waits_for_no_slow_one(pods: Pods) -> None:
    slow = [begin(pods, "Content-Length: 100000", path="/users/sign_in") for _ in range(6)]
    whole = {"X-Gitlab-Router-Body": "whole"}
    try:
        answers = [pods.ask("POST", "pod_us1", "/users/sign_in", headers=whole, content=b"a=b") for _ in range(5)]
        # Without a token; what counts is that a view was asked.
        assert {answer.status_code for answer in answers} == {403}
        assert pods.ask("POST", "pod_us1", "/my-company/x", headers=whole, content=b"a=b").status_code == 421
        stranger = pods.ask("POST", "pod_us1", "/users/sign_in", router=False, headers=whole, content=b"a=b")
        assert stranger.status_code == 503
    finally:
        for connection in slow:
            connection.close()
    assert is_served(pods)


def test_the_server_of_pods_has_no_deadline_for_bodies() -> None:
    """When it gets one, pods are to use it: until then their own addresses are for routers and operators."""
    known = {"header_read_timeout", "keep_alive", "max_buffer_size", "pipeline_flush"}
    assert {field.name for field in fields(HTTP1Settings)} == known


def test_an_owner_wants_to_know_the_length(pods: Pods) -> None:
    """Django under WSGI would take a body in chunks for an empty one."""

    def chunks() -> Iterator[bytes]:
        yield b"username=mia"

    assert pods.ask("POST", "pod_us0", "/users/sign_in", content=chunks()).status_code == 411
    assert pods.ask("POST", "pod_us1", "/my-company/x", content=chunks()).status_code == 421
