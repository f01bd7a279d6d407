"""Servers for in-process tests, and one running cluster for those that need everything."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

import hypothesis
import pytest
from django.core.management.commands import flush

from admin_settings.in_force import overridden
from tests.databases import emptying
from tests.people import forget_tries, relied_on
from tests.running_cluster import DEMO, RunningCluster, running_cluster
from tests.settings import DATA

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("pods", deadline=None)
hypothesis.settings.load_profile("pods")


# What is imported and collected stays until the end: to look through all of it for garbage takes time.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle-files", metavar="SEED", help="take the files of tests in a random order, by this seed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with slow scenarios come first: no worker is left alone with one at the end."""
    seed = config.getoption("--shuffle-files")
    if seed is not None:
        files = sorted({item.nodeid.partition("::")[0] for item in items})
        Random(seed).shuffle(files)
        items.sort(key=lambda item: files.index(item.nodeid.partition("::")[0]))
        return
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def database_servers() -> Iterator[RunningCluster]:
    """The embedded servers of this session, without pods: `tests/settings.py` points at them."""
    servers = RunningCluster(DATA / "servers", topology_file=DEMO, offset=0)
    DATA.mkdir(mode=0o711)
    try:
        servers.up("--databases-only")
        yield servers
    finally:
        servers.down()
        shutil.rmtree(servers.places.sockets, ignore_errors=True)
        shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_servers: RunningCluster) -> None:
    """pytest-django asks for this before it makes the test databases."""


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", emptying)
        yield


@pytest.fixture
def steer() -> Iterator[Callable[..., None]]:
    """`steer(session_hours=1, …)`: in this process these settings are in force until the test ends."""
    with ExitStack() as until_the_end:

        def put(**values: Any) -> None:
            until_the_end.enter_context(overridden(**values))

        yield put


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The test databases go with their servers: no connection that a test left open keeps them."""
    return True


SHARED = pytest.StashKey[tuple[RunningCluster, list[tuple[object, ...]]]]()
"""The cluster that tests share, once one has asked for it, and what all of them rely on."""


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[RunningCluster]:
    """The demo cluster as `make up` runs it, started when the first test asks for it. Leave it as you found it."""
    with running_cluster() as cluster:
        pytestconfig.stash[SHARED] = cluster, relied_on(cluster)
        yield cluster


@pytest.fixture(scope="module", autouse=True)
def it_is_left_as_it_was_found(pytestconfig: pytest.Config) -> Iterator[None]:
    """A file of tests that ends what others keep fails itself, whichever file would come next."""
    yield
    if SHARED in pytestconfig.stash:
        cluster, before = pytestconfig.stash[SHARED]
        forget_tries(cluster)
        pytestconfig.stash[SHARED] = cluster, relied_on(cluster)
        assert pytestconfig.stash[SHARED][1] == before


@pytest.fixture
def breakable_cluster(cluster: RunningCluster) -> Iterator[RunningCluster]:
    """The same for tests that break something: afterwards everything is started again and proved to be well."""
    yield cluster
    cluster.restore()
