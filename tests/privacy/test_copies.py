"""The matrix of pages while organizations are being moved: copies that lie on other pods tell nobody anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import pytest

from tests.concealment.wire import look
from tests.moved_by_hand import ByHand
from tests.privacy.conftest import Kind, arrive
from tests.privacy.matrix import PARTS
from tests.privacy.test_matrix import NO_NAME, UNCONFIRMED, violations
from tests.privacy.test_mixtures import AT_A_TIME
from tests.privacy.visitors import LEGACY, PEOPLE, Page
from tests.running_cluster import RunningCluster

pytestmark = pytest.mark.slow

# Each with its pod.
ORGANIZATIONS = {"my-organization": "pod_eu0", "eu-makers": "pod_eu1", "other-organization": "pod_us1"}
# Where the global pages are served, and the pod whose lists the matrix looks at.
GLOBAL, LISTED = "pod_us0", "pod_us1"
# No row of an organization is on these pages.
LEFT_OUT = frozenset({"instance", "people"})
# Whatever copies there are, only they see the Admin Area; the matrix itself asks for everybody.
ADMINISTRATOR = "administrator"
# What the global pages, which show GitLab.com Public alone, would show of copies; and the lists of the legacy pod.
THEIRS = re.compile(rb"my-company/|not-my-company|makers/widgets")
SHOWS_PUBLIC = re.compile(
    r"/(dashboard|search|groups$|projects$|admin/pods/pod_us0/)|/api/v4/(projects|groups|namespaces|issues|merge_requests"
    r"|todos)(\?|$)"
)
REQUEST_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}")


class Stage(NamedTuple):
    """A moment of a move, in which all organizations but GitLab.com Public are."""

    on_global: str
    """The state of their copies where the global pages are served."""
    on_listed: str
    """The same on another pod."""
    at_home: str


# What is hidden of a copy depends on its own state, so two stages show each state on both pods.
STAGES = {
    "incoming": Stage("incoming", "moved", "active"),
    "moved, and fenced at home": Stage("moved", "incoming", "fenced"),
}


@pytest.fixture(scope="module")
def moves(cluster: RunningCluster) -> Iterator[dict[ByHand, str]]:
    """The organizations, with copies of their rows on two pods besides their own."""
    moves = {ByHand(cluster, path): pod for path, pod in ORGANIZATIONS.items()}
    try:
        for move, home in moves.items():
            for pod in {GLOBAL, LISTED} - {home}:
                move.put(pod, "incoming")
                move.copy(home, pod)
        yield moves
    finally:
        for move, home in moves.items():
            move.put(home, "active")
            for pod in {GLOBAL, LISTED} - {home}:
                move.purge(pod)


@contextmanager
def at(stage: Stage, moves: dict[ByHand, str]) -> Iterator[None]:
    """Within the block."""
    with ExitStack() as afterwards:
        for move, home in moves.items():
            states = {GLOBAL: stage.on_global, LISTED: stage.on_listed} | {home: stage.at_home}
            for pod, state in states.items():
                move.put(pod, state)
            afterwards.callback(move.put, home, "active")
        yield


@pytest.fixture(scope="module")
def proven(cluster: RunningCluster, kinds: dict[str, Kind]) -> dict[str, Kind]:
    """Each kind of visitor, with the administrator's password confirmed."""
    return kinds | {ADMINISTRATOR: arrive(cluster, PEOPLE[ADMINISTRATOR], confirmed=True)}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_each_kind_of_visitor_gets_what_is_declared(
    cluster: RunningCluster, kinds: dict[str, Kind], proven: dict[str, Kind], moves: dict[ByHand, str], stage: Stage
) -> None:
    asked = [
        (page, kind, (kinds if part in UNCONFIRMED else proven)[kind])
        for part, patterns in PARTS.items()
        if part not in LEFT_OUT
        for pages in patterns.values()
        for page in pages
        # A form is not begun while its organization is fenced, whoever sends it.
        if page.method == "GET" or stage.at_home != "fenced"
        for kind in (kinds if part != "Admin Area" else [ADMINISTRATOR])
    ]
    routers = [cluster.topology.routers[name].address for name in ("us", "eu")]

    def wrong(number: int, page: Page, kind: str, browser: Kind) -> list[str]:
        router = routers[number % 2]
        found = list(violations(router, page, kind, browser, absent=_one_absent))
        # Lists of the API without an organization in the address are those of the caller's own one.
        is_own = page.path.startswith("/api/") and kind not in LEGACY | {"visitor"}
        if page.method == "GET" and SHOWS_PUBLIC.match(page.path) and not is_own:
            shown = THEIRS.findall(look(router, page.path, NO_NAME, cookie=browser.cookie).bytes)
            found += [f"{kind} sees {name!r} on {page.path}" for name in set(shown)]
        return found

    with at(stage, moves), ThreadPoolExecutor(AT_A_TIME) as threads:
        found = threads.map(lambda number, one: wrong(number, *one), range(len(asked)), asked)
        assert [each for some in found for each in some] == []


def _one_absent(name: str) -> tuple[str, ...]:
    """One absent name is enough here: the matrix itself compares with more."""
    return (f"z{name[1:]}",)


FORMS = (
    "/my-company/my-other-project/-/issues/1/notes",
    "/my-company/-/edit/settings",
    "/organizations/my-organization/-/groups",
    "/api/v4/projects/my-company%2Fmy-other-project/issues",
)


def test_a_fence_tells_everybody_the_same(
    cluster: RunningCluster, proven: dict[str, Kind], moves: dict[ByHand, str]
) -> None:
    """Who may see the thing is not asked before it is open again."""
    with at(STAGES["moved, and fenced at home"], moves), ThreadPoolExecutor(AT_A_TIME) as threads:
        for form in FORMS:
            answers = threads.map(lambda one, form=form: _sent(cluster, form, one), proven.values())
            found = {REQUEST_ID.sub(b"<id>", each) for each in answers}
            assert len(found) == 1, found
            assert next(iter(found)).startswith(b"HTTP/1.1 503")


def _sent(cluster: RunningCluster, path: str, browser: Kind) -> bytes:
    router = cluster.topology.routers["us"].address
    return look(router, path, NO_NAME, cookie=browser.cookie, method="POST", token=browser.token).bytes
