"""A confidential issue is for its author, its assignee and the project's developers, wherever issues are shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from itertools import product
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.models import NamespaceMember, Project, ProjectMember, Role
from monolith.namespaces.policy import Level, level_in
from monolith.namespaces.visibility import works_on_project
from monolith.work.models import Todo
from organizations.members.viewer import viewer_of
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"
ISSUES = f"{HAMMER}/issues"
SECRET = "The head flies off"

Ask = Callable[[Program], Any]


@pytest.fixture
def secret_issue(mel: Program, dana: Program, gus: Program, project: Project) -> dict[str, Any]:
    """Number 1: confidential, by Mel. Everybody has a to-do item about it, from when it was open to them."""
    made: dict[str, Any] = mel.post(ISSUES, {"title": SECRET}).json()
    mel.post(f"{ISSUES}/1/notes", {"body": "Ouch."})
    gus.post(f"{ISSUES}/1/notes", {"body": "Ouch!"})
    for program in (mel, dana, gus):
        program.post(f"{ISSUES}/1/todo")
    milestone = dana.post(f"{HAMMER}/milestones", {"title": "Soon"}).json()["id"]
    sent = {"confidential": True, "milestone_id": milestone}
    assert dana.put(f"{ISSUES}/1", sent).json()["confidential"] is True
    return {**made, "milestone_id": milestone}


LISTS = [
    ISSUES,
    f"{ISSUES}?search=flies",
    f"{ISSUES}?confidential=true",
    f"{ISSUES}?pagination=keyset",
    "/groups/tools/issues",
    "/organizations/acme/issues?scope=all",
    f"{HAMMER}/search?scope=issues&search=flies",
    "/groups/tools/search?scope=issues&search=flies",
    f"{HAMMER}/milestones/{{milestone}}/issues",
]


@pytest.mark.parametrize("path", LISTS)
def test_lists(
    mel: Program, dana: Program, olivia: Program, gus: Program, secret_issue: dict[str, Any], path: str
) -> None:
    address = path.format(milestone=secret_issue["milestone_id"])
    for program in (mel, dana, olivia):
        answer = program.get(address)
        assert [each["title"] for each in answer.json()] == [SECRET]
    answer = gus.get(address)
    assert answer.json() == []
    assert answer.headers.get("X-Total", "0") == "0"


def test_events_and_todos(mel: Program, dana: Program, gus: Program, secret_issue: dict[str, Any]) -> None:
    for path in (f"{HAMMER}/events?target_type=issue", f"{HAMMER}/events?target_type=note"):
        assert [each["target_title"] for each in mel.get(path).json()][:1] == [SECRET]
        assert gus.get(path).json() == []
    assert [each["target_title"] for each in mel.get("/organizations/acme/events").json()] == [SECRET] * 2
    assert gus.get("/organizations/acme/events").json() == []
    assert [each["target"]["title"] for each in dana.get("/organizations/acme/todos").json()] == [SECRET]
    assert gus.get("/organizations/acme/todos").json() == []
    assert gus.user
    hidden = Todo.objects.get(user_id=gus.user.pk).pk
    assert gus.post(f"/todos/{hidden}/mark_as_done").status_code == 404
    assert signed_in(gus.user).post(f"/organizations/acme/-/todos/{hidden}/done").status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_it_is_as_absent(gus: Program, mel: Program, secret_issue: dict[str, Any], method: str) -> None:
    body = {"title": "x"} if method == "put" else None
    answers = [gus.ask(method, f"{ISSUES}/{number}", body) for number in (1, 2)]
    assert (answers[0].status_code, answers[0].content) == (answers[1].status_code, answers[1].content)
    assert mel.get(f"{ISSUES}/1").json()["title"] == SECRET


@pytest.mark.parametrize("below", ["notes", "discussions", "todo", "subscribe"])
def test_what_is_below_it_is_as_absent(gus: Program, secret_issue: dict[str, Any], below: str) -> None:
    method = "post" if below in {"todo", "subscribe"} else "get"
    answers = [gus.ask(method, f"{ISSUES}/{number}/{below}") for number in (1, 2)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


def test_pages_and_counts(mel: Program, gus: Program, secret_issue: dict[str, Any]) -> None:
    assert mel.user
    assert gus.user
    author, guest = signed_in(mel.user), signed_in(gus.user)
    for page in ("/tools/hammer/-/issues", "/tools/hammer/-/issues/1"):
        assert SECRET in author.get(page).text
    assert SECRET not in guest.get("/tools/hammer/-/issues").text
    assert guest.get("/tools/hammer/-/issues/1").status_code == 404
    assert author.get("/organizations/acme/-/counts.json").json()["todos"] == 1
    assert guest.get("/organizations/acme/-/counts.json").json()["todos"] == 0
    assert re.findall(r"<dd>(\d+)\s*</dd>", author.get("/tools/hammer").text) == ["1", "0"]
    assert re.findall(r"<dd>(\d+)\s*</dd>", guest.get("/tools/hammer").text) == ["0", "0"]


def test_its_assignee_sees_it(dana: Program, gus: Program, secret_issue: dict[str, Any]) -> None:
    assert gus.user
    dana.put(f"{ISSUES}/1", {"assignee_id": gus.user.pk})
    assert gus.get(f"{ISSUES}/1").json()["title"] == SECRET
    assert [each["title"] for each in gus.get("/organizations/acme/issues").json()] == [SECRET]
    dana.put(f"{ISSUES}/1", {"assignee_id": None})
    assert gus.get(f"{ISSUES}/1").status_code == 404


def test_a_guest_of_the_organization_is_no_developer(
    dana: Program, gus: Program, secret_issue: dict[str, Any], project: Project
) -> None:
    """The policy of one project and that of many agree (`works_on_project`)."""
    assert gus.user
    project.members.create(organization_id=project.organization_id, user_id=gus.user.pk, role="developer")
    for path in (ISSUES, "/organizations/acme/issues?scope=all"):
        assert gus.get(path).json() == []


def test_visitors_do_not_see_it(visitor: Program, dana: Program, project: Project) -> None:
    dana.put("/groups/tools", {"visibility": "public"})
    dana.put(HAMMER, {"visibility": "public"})
    dana.post(ISSUES, {"title": SECRET, "confidential": True})
    dana.post(ISSUES, {"title": "Open"})
    assert [each["title"] for each in visitor.get(ISSUES).json()] == ["Open"]
    assert visitor.get(f"{ISSUES}/1").status_code == 404
    assert [each["target_title"] for each in visitor.get(f"{HAMMER}/events?target_type=issue").json()] == ["Open"]


ADDRESSES = [
    *(path for path in LISTS if "{milestone}" not in path),
    HAMMER,
    "/groups/tools",
    "/groups/tools/projects",
    f"{HAMMER}/labels",
    f"{HAMMER}/labels?with_counts=true",
    f"{HAMMER}/milestones",
    f"{HAMMER}/events",
    f"{ISSUES}?order_by=updated_at&per_page=1",
    f"{ISSUES}?labels=Any",
    f"{ISSUES}?assignee_username=mel",
    "/organizations/acme/events",
    "/organizations/acme/todos",
    "/organizations/acme/projects",
    f"{ISSUES}/2",
    f"{ISSUES}/2/notes",
    f"{ISSUES}/2/discussions",
]
PAGES = [
    "/tools",
    "/tools/hammer",
    "/tools/hammer/-/issues",
    "/tools/hammer/-/issues/1",
    "/tools/hammer/-/issues/2",
    "/organizations/acme/-/dashboard",
    "/organizations/acme/-/issues",
    "/organizations/acme/-/todos",
    "/organizations/acme/-/counts.json",
    "/organizations/acme/-/search?search=hammer",
    "/organizations/acme/-/search?search=flies",
    "/organizations/acme/-/search?search=flies&kind=issues",
    "/organizations/acme/-/search/suggestions.json?search=flies",
]
OF_ONE_ANSWER = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{64}")
"""Request ids and tokens of forms."""


def test_nothing_tells_that_there_is_one(dana: Program, mel: Program, gus: Program, project: Project) -> None:
    """Every answer is the same as before, and costs the same queries; 2 is the number that it gets."""
    assert gus.user
    dana.post(f"{HAMMER}/labels", {"name": "bug", "color": "#112233"})
    milestone = dana.post(f"{HAMMER}/milestones", {"title": "Soon"}).json()["id"]
    gus.post(ISSUES, {"title": "Open", "description": "As #2 says."})
    dana.put(HAMMER, {"description": "See #2."})
    browser = signed_in(gus.user)
    _told(gus, browser)
    before = _told(gus, browser)
    fields = {"labels": ["bug"], "milestone_id": milestone, "assignee_id": mel.user and mel.user.pk}
    made = dana.post(ISSUES, {"title": SECRET, "confidential": True, **fields})
    assert (made.status_code, made.json()["iid"]) == (201, 2)
    for end, body in (("notes", {"body": "Ouch, @gus."}), ("discussions", {"body": "Ouch!"}), ("todo", None)):
        assert mel.post(f"{ISSUES}/2/{end}", body).status_code == 201
    assert _told(gus, browser) == before


def _told(program: Program, browser: Client) -> dict[str, tuple[int, bytes, dict[str, int]]]:
    """What each address answers, with the queries to each database."""
    ask: list[tuple[str, Callable[[str], Any]]] = [
        *((address, program.get) for address in ADDRESSES),
        *((page, browser.get) for page in PAGES),
    ]
    found = {}
    for address, get in ask:
        with ExitStack() as stack:
            queries = {
                alias: stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in ("main", "users")
            }
            answer = get(address)
            told = OF_ONE_ANSWER.sub(b"", answer.content)
        found[address] = (answer.status_code, told, {alias: len(each) for alias, each in queries.items()})
    return found


@pytest.mark.parametrize(
    ("in_organization", "in_group", "in_project"),
    list(product(("owner", "member", "guest"), (None, *Role), (None, *Role))),
    ids=str,
)
def test_the_policy_of_one_project_and_that_of_many_agree(
    acme: Any, project: Project, in_organization: str, in_group: str | None, in_project: str | None
) -> None:
    user = make_person("pat", acme, in_organization)
    row = {"organization_id": acme.pk, "user_id": user.pk}
    if in_group:
        NamespaceMember.objects.create(**row, namespace=project.namespace, role=in_group)
    if in_project:
        ProjectMember.objects.create(**row, project=project, role=in_project)
    viewer = viewer_of(user)
    works = Project.objects.filter(works_on_project(viewer), pk=project.pk).exists()
    assert works == (level_in(viewer, project) >= Level.WORK)


BOX = "/organizations/acme/-/search"


def test_search_and_recents(mel: Program, dana: Program, gus: Program, olivia: Program, project: Project) -> None:
    """Everybody looked at it while it was open to them."""
    mel.post(ISSUES, {"title": SECRET})
    browsers = {program: signed_in(program.user) for program in (mel, dana, gus, olivia) if program.user}
    asked = [f"{BOX}?search=flies", f"{BOX}?search=flies&kind=issues", f"{BOX}/suggestions.json?search=flies"]
    asked += [BOX, f"{BOX}/suggestions.json"]
    absent = {path: browsers[gus].get(path.replace("flies", "nobody")).content for path in asked}
    for browser in browsers.values():
        assert browser.get("/tools/hammer/-/issues/1").status_code == 200
        assert all(SECRET in browser.get(path).text for path in asked)
    dana.put(f"{ISSUES}/1", {"confidential": True})
    for program, path in product((mel, dana, olivia), asked):
        assert SECRET in browsers[program].get(path).text
    for path, before in absent.items():
        found = browsers[gus].get(path).content.replace(b"flies", b"nobody")
        assert _without_token(found) == _without_token(before), path


@pytest.mark.parametrize("scope", ["issues", "merge_requests", "projects"])
def test_the_search_of_an_organization(mel: Program, gus: Program, secret_issue: dict[str, Any], scope: str) -> None:
    path = f"/organizations/acme/search?scope={scope}&search=FLIES head"
    assert [each["title"] for each in mel.get(path).json()] == ([SECRET] if scope == "issues" else [])
    assert gus.get(path).json() == []


def _without_token(page: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", page)
