"""Whom limits count: the client that the router sees, or that proxies of the operator's own before it have seen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.limits import Limits
from tests.router.running import RunningRouter, running_router
from tests.router.stubs import Owned, StubCluster


@pytest.fixture(scope="module")
def behind_a_proxy(_stubs: StubCluster) -> Iterator[RunningRouter]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_router(_stubs, Path(folder), Limits(), trusted_hops=1) as router,
    ):
        yield router


def client_of(router: RunningRouter, **headers: str) -> str:
    """The address that the pod is told."""
    told = {name.lower(): value for name, value in router.get("/addressed", **headers).json["headers"]}
    return str(told["x-gitlab-router-client"])


@pytest.mark.parametrize("said", ["198.51.100.7", "198.51.100.7, 203.0.113.9", "::1", "nonsense"])
def test_nobody_else_is_believed(router: RunningRouter, stubs: StubCluster, said: str) -> None:
    stubs.owned["/addressed"] = Owned("pod_eu0")
    assert client_of(router, **{"X-Forwarded-For": said}) == "127.0.0.1"


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("192.0.2.1, 198.51.100.7", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("10.1.2.3", "10.1.2.3"),
        ("nonsense", "127.0.0.1"),
    ],
)
def test_a_proxy_of_ones_own_is_believed(
    behind_a_proxy: RunningRouter, stubs: StubCluster, said: str, client: str
) -> None:
    stubs.owned["/addressed"] = Owned("pod_eu0")
    assert client_of(behind_a_proxy, **{"X-Forwarded-For": said}) == client
    assert client_of(behind_a_proxy) == "127.0.0.1"
