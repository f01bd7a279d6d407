"""A request that its pod let in before the fence, and whose write meets the fence: nobody notices.

The view is stopped just before its first write. Meanwhile the organization goes to another pod, or is fenced for a
moment. Then the view goes on, is refused by the gate, and the router sends the request again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import httpx
import pytest

from tests.failures.conftest import AWAY, HOME
from tests.moved_by_hand import ByHand
from tests.pods.conftest import Pods, csrf_token
from tests.running_cluster import RunningCluster, eventually
from tests.visitor import Visitor

pytestmark = pytest.mark.slow

API = "/api/v4"
TOKEN = {"PRIVATE-TOKEN": "glpat-demo-eva"}
PROJECT = "/makers/widgets/-"
AGAIN = "X-Gitlab-Pod-Fenced"


class Write(NamedTuple):
    """What somebody sends, the first statement by which it writes, and where that leaves a row."""

    path: str
    sent: dict[str, str]
    event: str
    table: str
    found: str
    form: str = ""
    """The page with the form; none is sent to the API."""


ISSUE = {"title": "flip once"}
WRITES = {
    "a page: an issue": Write(
        f"{PROJECT}/issues/new", ISSUE, "INSERT", "issues", "issues WHERE title = 'flip once'", f"{PROJECT}/issues/new"
    ),
    "a page: a comment": Write(
        f"{PROJECT}/issues/1/notes",
        {"text": "flip once"},
        "INSERT",
        "notes",
        "notes WHERE text = 'flip once'",
        f"{PROJECT}/issues/1",
    ),
    "a page with a claim: a group": Write(
        "/organizations/eu-makers/-/groups",
        {"name": "flip-once", "path": "flip-once", "visibility": "private"},
        "INSERT",
        "namespaces",
        "namespaces WHERE full_path = 'flip-once'",
        "/organizations/eu-makers/-/groups/new",
    ),
    "the API: an issue": Write(
        f"{API}/projects/makers%2Fwidgets/issues", ISSUE, "INSERT", "issues", "issues WHERE title = 'flip once'"
    ),
    "the API with a claim: a project": Write(
        f"{API}/organizations/eu-makers/projects",
        {"name": "flip-once", "path": "flip-once"},
        "INSERT",
        "projects",
        "projects WHERE path = 'flip-once'",
    ),
}


@pytest.fixture(params=list(WRITES.values()), ids=list(WRITES))
def write(request: pytest.FixtureRequest, makers: ByHand) -> Iterator[Write]:
    """Each of them; what it leaves is deleted."""
    found: Write = request.param
    if found.table == "projects":
        with makers.session(HOME, "main") as main:
            [(group,)] = main.execute("SELECT id FROM namespaces WHERE full_path = 'makers'")
        found = found._replace(sent={**found.sent, "namespace_id": str(group)})
    yield found
    for pod in (HOME, AWAY):
        with makers.session(pod, "main") as main:
            main.execute(f"DELETE FROM {found.found}".encode())
    with makers.shared("routes") as routes:
        # A name becomes a tombstone first, except here.
        routes("SET session_replication_role = replica")
        routes("DELETE FROM routes WHERE path LIKE '%%flip-once'")


Send = Callable[[RunningCluster, Write], httpx.Response]


@contextmanager
def begun(cluster: RunningCluster, makers: ByHand, write: Write, send: Send) -> Iterator[Callable[[], httpx.Response]]:
    """It stands still before its first write within the block; yields what waits for the answer, after the block."""
    with ThreadPoolExecutor(1) as thread, makers.stopped(HOME, write.event, write.table) as stands_still:
        answer = thread.submit(send, cluster, write)
        eventually(lambda: stands_still() or answer.done())
        assert not answer.done(), answer.result().text
        yield answer.result


def through_a_router(cluster: RunningCluster, write: Write) -> httpx.Response:
    if not write.form:
        return httpx.post(f"{cluster.url('us')}{write.path}", json=write.sent, headers=TOKEN, timeout=20)
    with Visitor(cluster, "us") as eva:
        eva.sign_in("eva")
        return eva.fill_in_form(write.form, write.path, **write.sent)


def numbers(makers: ByHand, found: str) -> dict[str, int]:
    """How many such rows each pod has."""
    counted = {}
    for pod in (HOME, AWAY):
        with makers.session(pod, "main") as main:
            [(counted[pod],)] = main.execute(f"SELECT count(*) FROM {found}".encode())
    return counted


def test_it_is_made_once_by_the_new_owner(breakable_cluster: RunningCluster, makers: ByHand, write: Write) -> None:
    makers.put(AWAY, "incoming")
    makers.copy(HOME, AWAY)
    with begun(breakable_cluster, makers, write, through_a_router) as answer:
        makers.cut_over(HOME, AWAY)
    assert answer().status_code == (302 if write.form else 201), answer().text
    assert numbers(makers, write.found) == {HOME: 0, AWAY: 1}
    with makers.shared("routes") as routes:
        names = routes("SELECT kind FROM routes WHERE path LIKE '%%flip-once'")
    assert names == ([("live",)] if "flip-once" in write.sent.values() else [])


def test_a_pod_says_that_it_may_be_sent_again_and_has_kept_nothing(
    breakable_cluster: RunningCluster, makers: ByHand, write: Write
) -> None:
    """The fence is open again by then, as after a rehearsal."""
    pods = Pods(breakable_cluster)
    cookies = pods.sign_in("eva", HOME) if write.form else None

    def to_its_pod(cluster: RunningCluster, write: Write) -> httpx.Response:
        if cookies is None:
            return pods.ask("POST", HOME, write.path, json=write.sent, headers=TOKEN)
        code = csrf_token(pods.get(HOME, write.form, cookies=cookies))
        return pods.ask("POST", HOME, write.path, data={**write.sent, "csrfmiddlewaretoken": code}, cookies=cookies)

    with begun(breakable_cluster, makers, write, to_its_pod) as answer:
        makers.put(HOME, "fenced")
    refused = answer()
    with makers.shared("routes") as routes:
        assert routes("SELECT kind FROM routes WHERE path LIKE '%%flip-once'") == []
    makers.put(HOME, "active")
    assert (refused.status_code, refused.headers["Retry-After"], refused.headers[AGAIN]) == (503, "1", "1")
    assert "This organization is being moved." in refused.text
    assert "ry again in a moment." in refused.text
    assert to_its_pod(breakable_cluster, write).status_code == (302 if write.form else 201)
    assert numbers(makers, write.found) == {HOME: 1, AWAY: 0}
