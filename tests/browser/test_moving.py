"""Somebody works in an organization that goes to another pod and comes back, and notices nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import httpx
import pytest
from playwright.sync_api import Response

from tests.browser.conftest import Come
from tests.browser.person import Person
from tests.databases import Execute, database
from tests.people import make_member
from tests.running_cluster import RunningCluster

HOME, AWAY = "pod_eu0", "pod_us1"
TOKEN = {"PRIVATE-TOKEN": "glpat-demo-root"}
ORGANIZATION, PROJECT, OWNER = "wanderers", "wanderers-group/journal", "wanda"
ISSUE = f"/{PROJECT}/-/issues/1"
# More than a move ever takes here.
MOST_TURNS = 400
STANDS = """
    SELECT m.kind, m.state, m.wanted, m.certificate IS NOT NULL,
        coalesce((m.rehearsal->>'clean')::boolean, false), m.error
    FROM organization_moves m JOIN organizations o ON o.id = m.organization_id
    WHERE o.path = %s ORDER BY m.created_at DESC LIMIT 1
"""


@pytest.fixture(scope="module")
def routes(cluster: RunningCluster) -> Iterator[Execute]:
    with database(cluster, "shared", "routes") as execute:
        yield execute


@pytest.fixture(scope="module")
def organization(cluster: RunningCluster, routes: Execute) -> Iterator[str]:
    """A new one with an issue, and somebody who owns it; afterwards the way back of its last move is closed."""
    make_member(cluster, OWNER, "my-organization")
    made = cluster.manage(
        "organization", "create", ORGANIZATION, "--name", "Wanderers", "--owner", OWNER, "--pod", HOME
    )
    assert made.returncode == 0, made.stderr
    with httpx.Client(base_url=f"{cluster.url('eu')}/api/v4", headers=TOKEN, timeout=20) as api:
        group = {"path": "wanderers-group", "name": "Wanderers"}
        namespace = api.post(f"organizations/{ORGANIZATION}/groups", json=group).raise_for_status().json()["id"]
        project = {"path": "journal", "name": "Journal", "namespace_id": namespace}
        api.post(f"organizations/{ORGANIZATION}/projects", json=project).raise_for_status()
        issue = {"title": "Where are we"}
        api.post(f"projects/{PROJECT.replace('/', '%2F')}/issues", json=issue).raise_for_status()
    yield ORGANIZATION
    cluster.manage("move", "finish", ORGANIZATION)


class Writer:
    """Comments on an issue and edits its title, in turn."""

    def __init__(self, person: Person, routes: Execute) -> None:
        self.person, self.routes = person, routes
        self.comments: list[str] = []
        self.title = ""
        self.errors: list[str] = []
        self._numbers = count(1)
        person.page.on("response", self._look)

    def _look(self, response: Response) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.request.method} {response.url}: {response.status}")

    def write(self) -> None:
        """One comment; and every third time another title."""
        number, page = next(self._numbers), self.person.page
        assert self.person.go(ISSUE) == 200
        text = f"comment {number:03}"
        page.get_by_label("Comment", exact=True).fill(text)
        page.get_by_role("button", name="Comment").click()
        assert self.person.sees(text)
        self.comments.append(text)
        if number % 3 == 0:
            self.title = f"Title {number:03}"
            assert self.person.go(f"{ISSUE}/edit") == 200
            page.get_by_label("Title", exact=True).fill(self.title)
            page.get_by_role("button", name="Save").click()
            assert self.person.heading == self.title

    def write_until(self, kind: str, state: str, *, certified: bool = False, rehearsed: bool = False) -> None:
        """Go on at least until the newest move is there."""
        for _ in range(MOST_TURNS):
            self.write()
            [(now_kind, now, wanted, is_certified, is_rehearsed, error)] = self.routes(STANDS, ORGANIZATION)
            assert now != "aborted", error
            arrived = (now_kind, now, wanted) == (kind, state, None)
            if arrived and is_certified >= certified and is_rehearsed >= rehearsed:
                return
        raise AssertionError(f"the {now_kind} is {now}: {error}")

    def recents(self) -> list[str]:
        """What she looked at, as her organization has kept it."""
        assert self.person.go(f"/organizations/{ORGANIZATION}/-/search") == 200
        return self.person.page.locator("main .list .title").all_inner_texts()

    def pod(self) -> str:
        """Whose the organization is."""
        [(pod,)] = self.routes("SELECT pod_id FROM organizations WHERE path = %s", ORGANIZATION)
        return str(pod)


def test_somebody_comments_and_edits_through_a_move_and_the_way_back(
    cluster: RunningCluster, come: Come, routes: Execute, organization: str
) -> None:
    wanda = Writer(come("eu", OWNER), routes)

    def operator(*arguments: str) -> None:
        done = cluster.manage("move", *arguments)
        assert done.returncode == 0, done.stderr

    wanda.write()
    # Looked at only here, before the move.
    assert wanda.person.go("/wanderers-group") == 200
    operator("start", organization, AWAY, "--cutover", "manual", "--way-back", "3600")
    wanda.write_until("move", "streaming", rehearsed=True)
    operator("cutover", organization)
    wanda.write_until("move", "settled", certified=True)
    assert wanda.pod() == AWAY
    assert "wanderers-group" in wanda.recents()
    wanda.write()
    operator("rollback", organization)
    wanda.write_until("return", "settled", certified=True)
    assert wanda.pod() == HOME
    assert "wanderers-group" in wanda.recents()
    wanda.write()
    assert (wanda.errors, wanda.person.problems) == ([], [])
    with database(cluster, "pods-eu", f"{HOME}_main") as main:
        found = main(
            "SELECT text FROM notes JOIN issues ON issues.id = issue_id JOIN projects ON projects.id = project_id "
            "WHERE full_path = %s ORDER BY notes.id",
            PROJECT,
        )
        [(title,)] = main(
            "SELECT title FROM issues JOIN projects ON projects.id = project_id WHERE full_path = %s", PROJECT
        )
    assert sorted(text for (text,) in found) == wanda.comments
    assert title == wanda.title
