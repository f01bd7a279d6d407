"""An absent name and a private one: the same status, body and headers in the same order, but for the date."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.concealment.conftest import Cookie
from tests.concealment.wire import look
from tests.running_cluster import SINGLE_POD, RunningCluster, running_cluster

# A path with a private name in it, then an absent name that is as long. Whose absence is drawn by
# the cluster's key differs from run to run, hence several.
ALIKE = [
    ("/not-my-company/not-my-project", "not-my-project", ("nil-my-project",)),
    ("/not-my-company/not-my-project/-/issues/1", "not-my-project", ("nil-my-project",)),
    ("/my-company/my-other-project", "my-other-project", ("my-third-project",)),
    ("/not-my-company", "not-my-company", ("nil-my-company", "not-my-companx", "aot-my-company", "not-me-company")),
    ("/not-my-company/x/y.git/info/refs", "not-my-company", ("nil-my-company", "not-my-companx", "aot-my-company")),
    ("/not-my-company.atom", "not-my-company", ("nil-my-company", "not-my-companx", "aot-my-company")),
    ("/groups/not-my-company/-/members", "not-my-company", ("nil-my-company", "not-my-companx", "aot-my-company")),
    ("/old-company", "old-company", ("odd-company", "old-compani", "ald-company")),
    ("/organizations/my-organization/-/dashboard", "my-organization", ("no-organization", "my-organisation")),
    ("/api/v4/groups/not-my-company", "not-my-company", ("nil-my-company", "not-my-companx")),
    ("/api/v4/projects/my-company%2Fmy-project", "my-company", ("no-company", "me-company", "my-compani")),
]


METHODS = ("GET", "HEAD", "POST", "OPTIONS")


# A guest of my-organization may see what lies below these.
SEEN_BY_GUESTS = ("/old-company", "/organizations/", "/api/v4/projects/")


@pytest.mark.parametrize(
    ("username", "path", "private", "absent"),
    [
        (username, *alike)
        for username in ("", "eva", "team-member")
        for alike in ALIKE
        if not (username == "team-member" and alike[0].startswith(SEEN_BY_GUESTS))
    ],
)
def test_nobody_can_tell_them_apart(
    cluster: RunningCluster, cookie: Cookie, username: str, path: str, private: str, absent: tuple[str, ...]
) -> None:
    router, signed_in = cluster.topology.routers["eu"].address, cookie(username)

    def seen(method: str, name: str) -> bytes:
        return look(router, path.replace(private, name), name, cookie=signed_in, method=method).bytes

    with ThreadPoolExecutor() as threads:
        sights = {method: list(threads.map(partial(seen, method), (private, *absent))) for method in METHODS}
    for there, *gone in sights.values():
        assert not there.startswith(b"HTTP/1.1 2")
        assert set(gone) == {there}


@pytest.fixture(scope="module")
def single_pod() -> Iterator[RunningCluster]:
    with running_cluster(topology_file=SINGLE_POD) as cluster:
        yield cluster


@pytest.mark.slow
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_single_pod_tells_as_little(single_pod: RunningCluster, method: str) -> None:
    pod = single_pod.topology.pod("pod_0").address
    for path, private, absent in ALIKE:
        seen = look(pod, path, private, method=method).bytes
        for name in absent:
            assert look(pod, path.replace(private, name), name, method=method).bytes == seen
