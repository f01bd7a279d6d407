"""An organization changes its pod while people and programs work in it, through both routers, with replicas behind."""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from itertools import count

import httpx
import pytest

from tests.failures.conftest import AWAY, HOME, ROUTERS, WRITTEN
from tests.moved_by_hand import ByHand
from tests.running_cluster import RunningCluster, eventually
from tests.visitor import Visitor
from users.routable_tokens import make

pytestmark = pytest.mark.slow

TOKEN = {"PRIVATE-TOKEN": "glpat-demo-eva"}
PROJECT, ISSUES = "/api/v4/projects/makers%2Fwidgets", "/api/v4/projects/makers%2Fwidgets/issues"
GROUPS = "/api/v4/organizations/eu-makers/groups"
PAGES = (
    "/makers",
    "/makers/widgets",
    "/makers/widgets/-/issues",
    "/organizations/eu-makers/-/dashboard",
    "/organizations/eu-makers/-/todos",
    PROJECT,
    ISSUES,
    "/api/v4/organizations/eu-makers/projects",
    # Of the caller's organization.
    "/api/v4/projects",
    "/api/v4/groups",
)
API = tuple(page for page in PAGES if page.startswith("/api/"))
DEBUG = {"X-Gitlab-Debug-Token": "demo-debug"}


class Writer(threading.Thread):
    """Opens issues through one router; every title that was acknowledged."""

    def __init__(self, cluster: RunningCluster, router: str, stop: threading.Event) -> None:
        super().__init__(name=f"writer at {router}")
        self.url, self.router, self.stop = f"{cluster.url(router)}{ISSUES}", router, stop
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.odd: list[tuple[int, str]] = []

    def run(self) -> None:
        with httpx.Client(timeout=20, headers=TOKEN) as client:
            for number in count():
                if self.stop.is_set():
                    return
                title = f"flip {self.router} {number}"
                answer = client.post(self.url, json={"title": title})
                if answer.status_code == 201:
                    self.acknowledged.append(title)
                elif answer.status_code == 503 and "retry-after" in answer.headers:
                    self.refused.append(title)
                else:
                    self.odd.append((answer.status_code, answer.text[:200]))


@pytest.mark.parametrize("behind", ROUTERS)
def test_every_acknowledged_write_is_there_once(breakable_cluster: RunningCluster, makers: ByHand, behind: str) -> None:
    stop = threading.Event()
    writers = [Writer(breakable_cluster, router, stop) for router in ROUTERS for _ in range(1)]
    breakable_cluster.lag(behind, "2s")
    before = {router: len(breakable_cluster.access_log(router)) for router in ROUTERS}
    for writer in writers:
        writer.start()
    try:
        for source, target in ((HOME, AWAY), (AWAY, HOME), (HOME, AWAY)):
            enough = [len(writer.acknowledged) + 5 for writer in writers]
            makers.move(source, target, WRITTEN)
            while any(len(each.acknowledged) < most for each, most in zip(writers, enough, strict=True)):
                assert all(writer.is_alive() for writer in writers)
                stop.wait(0.01)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert [writer.odd for writer in writers] == [[], []]
    with makers.session(AWAY, "main") as main:
        found = [title for (title,) in main.execute("SELECT title FROM issues WHERE title LIKE 'flip %'")]
        numbers = [iid for (iid,) in main.execute("SELECT iid FROM issues WHERE title LIKE 'flip %'")]
    assert sorted(found) == sorted(title for writer in writers for title in writer.acknowledged)
    assert len(set(numbers)) == len(numbers)
    lines = [line for router in ROUTERS for line in breakable_cluster.access_log(router)[before[router] :]]
    asked = [line for line in lines if line["path"] == ISSUES]
    assert max(int(line["hops"]) for line in asked) <= 2
    # Each router is told once for each move.
    assert sum(int(line["hops"]) > 1 for line in asked) <= 3 * len(ROUTERS) + 2


@pytest.mark.parametrize("behind", ROUTERS)
def test_sessions_tokens_and_every_prefix_go_along(
    breakable_cluster: RunningCluster, makers: ByHand, behind: str
) -> None:
    with Visitor(breakable_cluster, "eu") as eva:
        eva.sign_in("eva")
        cookies = eva.cookies
    with httpx.Client(timeout=20, cookies=cookies) as browser:
        for router in ROUTERS:
            for page in PAGES:
                assert look(breakable_cluster, browser, router, page) == (200, HOME)
        breakable_cluster.lag(behind, "3s")
        makers.move(HOME, AWAY, WRITTEN)
        for router in ROUTERS:
            for page in PAGES:
                assert look(breakable_cluster, browser, router, page) == (200, AWAY), (router, page)
        for router in ROUTERS:
            for page in PAGES:
                answer = asked(breakable_cluster, browser, router, page)
                assert answer.headers["x-gitlab-router-hops"] == "1", (router, page)


@pytest.mark.parametrize("behind", ROUTERS)
@pytest.mark.parametrize("limited", [False, True])
def test_a_routable_token_works_at_once_after_a_move(
    breakable_cluster: RunningCluster, makers: ByHand, behind: str, limited: bool
) -> None:
    """It names the organization, not the pod."""
    token = make("glpat-", {"o": makers.id, "u": 1})
    with makers.shared("users") as users:
        users(
            "INSERT INTO personal_access_tokens (user_id, name, digest, scope, organization_id, created_at) "
            "SELECT id, 'flip', %s, 'api', %s, now() FROM users WHERE username = 'eva'",
            hashlib.sha256(token.encode()).hexdigest(), makers.id if limited else None,
        )  # fmt: skip
    with httpx.Client(timeout=20, headers=DEBUG | {"PRIVATE-TOKEN": token}) as program:

        def served(router: str, path: str) -> tuple[int, str]:
            answer = program.get(f"{breakable_cluster.url(router)}{path}")
            return answer.status_code, answer.headers.get("x-gitlab-pod", "")

        def is_home(router: str, path: str) -> bool:
            return served(router, path) == (200, HOME)

        for router in ROUTERS:
            for path in API:
                eventually(partial(is_home, router, path))
        breakable_cluster.lag(behind, "3s")
        makers.move(HOME, AWAY, WRITTEN)
        for router in ROUTERS:
            for path in API:
                assert served(router, path) == (200, AWAY), (router, path)
            made = program.post(f"{breakable_cluster.url(router)}{ISSUES}", json={"title": f"flip {router}"})
            assert (made.status_code, made.headers["x-gitlab-pod"]) == (201, AWAY)
    with makers.shared("users") as users:
        users("DELETE FROM personal_access_tokens WHERE name = 'flip'")


@pytest.mark.parametrize("behind", ROUTERS)
def test_people_read_what_they_wrote_just_after_the_flip(
    breakable_cluster: RunningCluster, makers: ByHand, behind: str
) -> None:
    breakable_cluster.lag(behind, "3s")
    makers.move(HOME, AWAY, WRITTEN)
    name = f"flip-{behind}"
    for router, other in (("us", "eu"), ("eu", "us")):
        with httpx.Client(timeout=20, headers=TOKEN) as program:
            path = f"{name}-{router}"
            made = program.post(f"{breakable_cluster.url(router)}{GROUPS}", json={"name": path, "path": path})
            assert made.status_code == 201, made.text
            seen = program.get(f"{breakable_cluster.url(other)}/api/v4/groups/{path}")
            assert (seen.status_code, seen.json()["full_path"]) == (200, path)
            gone = program.delete(f"{breakable_cluster.url(other)}/api/v4/groups/{path}")
            assert gone.status_code in {202, 204}


def test_ids_that_the_source_gave_are_answered_by_the_target(breakable_cluster: RunningCluster, makers: ByHand) -> None:
    with makers.session(HOME, "main") as main:
        todos = [pk for (pk,) in main.execute("SELECT id FROM todos WHERE organization_id = %s", (makers.id,))]
    assert len(todos) >= 2
    makers.move(HOME, AWAY, WRITTEN)
    with makers.session(HOME, "main") as main:
        # The copies of the first are still there; the second was purged.
        main.execute("DELETE FROM todos WHERE id = %s", (todos[1],))
        main.execute("INSERT INTO departed_ids VALUES ('todos', %s, %s)", (todos[1], makers.id))
    try:
        for router in ROUTERS:
            for todo in todos[:2]:
                with httpx.Client(timeout=20, headers=TOKEN) as program:
                    path = f"/api/v4/todos/{todo}/mark_as_done"
                    first, again = (
                        program.post(f"{breakable_cluster.url(router)}{path}", headers=DEBUG) for _ in range(2)
                    )
                assert (first.status_code, first.headers["x-gitlab-pod"]) == (200, AWAY)
                assert again.headers["x-gitlab-router-hops"] == "1"
    finally:
        with makers.session(HOME, "main") as main:
            main.execute("DELETE FROM departed_ids WHERE organization_id = %s", (makers.id,))


def look(cluster: RunningCluster, browser: httpx.Client, router: str, page: str) -> tuple[int, str]:
    answer = asked(cluster, browser, router, page)
    return answer.status_code, answer.headers["x-gitlab-pod"]


def asked(cluster: RunningCluster, browser: httpx.Client, router: str, page: str) -> httpx.Response:
    headers = DEBUG | (TOKEN if page.startswith("/api/") else {})
    return browser.get(f"{cluster.url(router)}{page}", headers=headers)
