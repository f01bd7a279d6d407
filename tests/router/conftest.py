from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.limits import Limits
from tests.router.running import RunningRouter, running_router
from tests.router.stubs import StubCluster, stub_cluster

PODS = ("pod_us0", "pod_us1", "pod_eu0", "pod_eu1")


@pytest.fixture(scope="module")
def limits() -> Limits:
    """A module gives its own where it needs others."""
    return Limits()


@pytest.fixture(scope="module")
def _stubs() -> Iterator[StubCluster]:
    with stub_cluster(*PODS) as stubs:
        yield stubs


@pytest.fixture(scope="module")
def router(_stubs: StubCluster, limits: Limits) -> Iterator[RunningRouter]:
    # Not pytest's own folder: a Unix socket's path must be short.
    with tempfile.TemporaryDirectory() as folder, running_router(_stubs, Path(folder), limits) as router:
        yield router


@pytest.fixture
def stubs(_stubs: StubCluster) -> StubCluster:
    _stubs.reset()
    return _stubs
