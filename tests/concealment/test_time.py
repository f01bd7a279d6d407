"""An absent name and a private one: nobody can tell them apart by the time that the answer takes."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import NamedTuple

import pytest

from tests.concealment.conftest import Cookie
from tests.concealment.distance import far_away
from tests.concealment.wire import by_chance, look, told_apart
from tests.running_cluster import RunningCluster, eventually

pytestmark = pytest.mark.slow

ROUTER = "eu"
NAMES = 120
AT_A_TIME = 8
KINDS = (("hidden", "us1"), ("hidden", "eu1"), ("absent", "any"))
# Between Europe and the US, there and back.
DISTANCE_SECONDS = 0.08
# The default is more than a redirected request takes on a machine that is not busy with other tests.
BUDGET_SECONDS = 0.4
HIDE = """
from organizations.models import Organization
from monolith.namespaces.creation import create_namespace
pk = Organization.objects.using("routes").get(path="{organization}").pk
for number in range({names}):
    path = f"hidden-{{number:04}}-{pod}-{run}"
    create_namespace(pk, path, name=path, visibility="private")
"""


class Kind(NamedTuple):
    """What an answer's time is compared by."""

    name: str
    attempt: int


def hide(cluster: RunningCluster, run: str) -> None:
    """Private groups on a far and on a near pod, so many that each is asked for the first time once."""
    for organization, pod in (("other-organization", "us1"), ("eu-makers", "eu1")):
        code = HIDE.format(organization=organization, names=NAMES, pod=pod, run=run)
        done = cluster.manage("shell", "-c", code, pod=f"pod_{pod}")
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", autouse=True)
def budget(cluster: RunningCluster) -> Iterator[None]:
    """A time budget that is kept, however busy the machine is; in force on every pod."""
    before = max(_version(cluster, pod) for pod in cluster.topology.pods)
    done = cluster.manage("settings", "set", "conceal_ms", f"{BUDGET_SECONDS * 1000:.0f}")
    assert done.returncode == 0, done.stderr
    eventually(lambda: all(_version(cluster, pod) > before for pod in cluster.topology.pods))
    yield
    cluster.manage("settings", "unset", "conceal_ms")


@pytest.mark.parametrize("username", ["", "eva"])
@pytest.mark.parametrize("seconds", [0.0, DISTANCE_SECONDS], ids=["near", "far"])
def test_first_and_second_requests_tell_nothing(
    cluster: RunningCluster, cookie: Cookie, username: str, seconds: float
) -> None:
    run, signed_in = f"{username or 'nobody'}-{seconds:g}", cookie(username)
    hide(cluster, run)
    router = cluster.topology.routers[ROUTER].address
    # Names of one length: absent ones fall on every pod.
    names = [(f"{kind} {pod}", f"{kind}-{number:04}-{pod}-{run}") for number in range(NAMES) for kind, pod in KINDS]
    random.shuffle(names)
    found: dict[Kind, list[float]] = defaultdict(list)

    def ask(asked: tuple[str, str]) -> None:
        kind, name = asked
        for attempt in (1, 2):
            sight = look(router, f"/{name}", name, cookie=signed_in)
            assert not sight.bytes.startswith(b"HTTP/1.1 5")
            found[Kind(kind, attempt)].append(sight.seconds)

    with far_away(cluster, ROUTER, seconds) if seconds else nullcontext():
        if seconds:
            _wait_for_distance(cluster, seconds)
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            list(threads.map(ask, names))
    _assert_alike(found)


@pytest.mark.parametrize("page", ["search", "search/suggestions.json"])
def test_a_search_does_not_tell_how_much_it_leaves_out(cluster: RunningCluster, cookie: Cookie, page: str) -> None:
    hide(cluster, page.partition(".")[0].replace("/", "-"))
    router, signed_in = cluster.topology.routers[ROUTER].address, cookie("eva")
    # All that is hidden here has the first one; neither is a word of the page.
    words = ["hidden-0", "absent-0"] * (NAMES // 2)
    random.shuffle(words)
    found: dict[Kind, list[float]] = defaultdict(list)
    said: set[bytes] = set()

    def ask(word: str) -> None:
        sight = look(router, f"/organizations/eu-makers/-/{page}?search={word}", word, cookie=signed_in)
        said.add(sight.bytes)
        found[Kind("absent any" if word == "absent-0" else word, 1)].append(sight.seconds)

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        list(threads.map(ask, words))
    assert len(said) == 1, said
    _assert_alike(found)


def _assert_alike(found: dict[Kind, list[float]]) -> None:
    problems = []
    for kind, times in found.items():
        absent = found[Kind("absent any", kind.attempt)]
        told = told_apart(times, absent)
        if told > by_chance(times, absent):
            problems.append(f"{kind}: {told:.3f} of 0.5, at most {by_chance(times, absent):.3f} by chance")
    assert not problems, problems


def _version(cluster: RunningCluster, pod: str) -> float:
    """Of the settings that the pod acts by."""
    return cluster.metrics(pod)[f'pods_settings_version{{pod="{pod}"}}']


def _wait_for_distance(cluster: RunningCluster, seconds: float) -> None:
    """Until the router takes the far way: it closes connections of the near one as it goes."""
    router = cluster.topology.routers[ROUTER].address
    eventually(lambda: look(router, "/gitlab-org", "gitlab-org").seconds >= seconds)


def test_the_measure_tells_what_is_not_concealed(cluster: RunningCluster) -> None:
    router = cluster.topology.routers[ROUTER].address
    with far_away(cluster, ROUTER, DISTANCE_SECONDS):
        _wait_for_distance(cluster, DISTANCE_SECONDS)
        near = [look(router, "/makers/widgets", "widgets").seconds for _ in range(20)]
        far = [look(router, "/alice/dotfiles", "dotfiles").seconds for _ in range(20)]
    assert told_apart(near, far) > by_chance(near, far)
