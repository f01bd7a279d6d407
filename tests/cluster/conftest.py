from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running_cluster import RunningCluster, cluster_folder, running_cluster


@pytest.fixture(scope="module")
def servers() -> Iterator[RunningCluster]:
    """The demo's servers without pods, for tests of the servers themselves."""
    with running_cluster("--databases-only") as cluster:
        yield cluster


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder for a cluster that the test itself brings up."""
    with cluster_folder() as folder:
        yield folder
