"""Issues, merge requests and comments of a project, and those that are somebody's."""

from __future__ import annotations

import json

import pytest
from django.db.models import F

from monolith.namespaces.creation import create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue, Todo
from organizations.models import Organization
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"
ISSUES = f"{HAMMER}/issues"
REQUESTS = f"{HAMMER}/merge_requests"
REQUEST = {"title": "Sharper", "source_branch": "sharper", "target_branch": "main"}


def test_it_opens_an_issue(gus: Program, project: Project) -> None:
    answer = gus.post(ISSUES, {"title": "Loose head", "description": "It flies."})
    assert answer.status_code == 201
    made = answer.json()
    assert gus.user
    page = {"avatar_url": None, "web_url": made["author"]["web_url"]}
    assert made["author"] == {"id": gus.user.pk, "username": "gus", "name": "", "state": "active", **page}
    assert page["web_url"].endswith("/gus")
    assert (made["iid"], made["state"], made["assignee"]) == (1, "opened", None)
    assert made["web_url"].endswith("/tools/hammer/-/issues/1")
    assert gus.get(f"{ISSUES}/1").json() == made
    listed = {name: value for name, value in made.items() if name != "subscribed"}
    assert gus.get(ISSUES).json() == [listed]


def test_who_is_assigned_gets_a_todo(dana: Program, mel: Program, project: Project) -> None:
    assert mel.user
    assert dana.post(ISSUES, {"title": "x", "assignee_id": mel.user.pk}).json()["assignee"]["username"] == "mel"
    assert Todo.objects.get().user_id == mel.user.pk
    assert dana.put(f"{ISSUES}/1", {"assignee_id": 0}).json()["assignee"] is None


def test_who_does_not_see_the_project_is_as_nobody(dana: Program, rita: Program, project: Project) -> None:
    assert rita.user
    answers = [dana.post(ISSUES, {"title": "x", "assignee_id": each}) for each in (rita.user.pk, 2**40)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].content == answers[1].content
    assert not Issue.objects.exists()


def test_it_changes_and_closes_an_issue(dana: Program, mel: Program, project: Project) -> None:
    dana.post(ISSUES, {"title": "x", "description": "y"})
    answer = dana.put(f"{ISSUES}/1", {"title": "z", "state_event": "close"}).json()
    assert (answer["title"], answer["description"], answer["state"]) == ("z", "y", "closed")
    assert dana.get(f"{ISSUES}?state=opened").json() == []
    assert dana.put(f"{ISSUES}/1", {"state_event": "reopen"}).json()["state"] == "opened"
    assert mel.put(f"{ISSUES}/1", {"title": "mine"}).status_code == 403


def test_a_merge_request_is_for_those_who_work_on_it(dana: Program, gus: Program, project: Project) -> None:
    made = dana.post(REQUESTS, REQUEST).json()
    assert (made["source_branch"], made["target_branch"], made["state"]) == ("sharper", "main", "opened")
    assert gus.post(REQUESTS, REQUEST).status_code == 403
    assert gus.put(f"{REQUESTS}/1", {"title": "x"}).status_code == 403
    assert dana.put(f"{REQUESTS}/1", {"target_branch": "next"}).json()["target_branch"] == "next"


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "x" * 256}, {"title": "\0"}, {"title": ["x"]}])
def test_what_is_wrong_is_said_by_field(dana: Program, project: Project, body: object) -> None:
    answer = dana.post(ISSUES, body)
    assert (answer.status_code, list(answer.json()["message"])) == (400, ["title"])


@pytest.mark.parametrize("iid", ["0", "2", "x", "-1", "9" * 16, "9" * 40, "²", "1.json"])
def test_a_number_that_is_none(dana: Program, project: Project, iid: str) -> None:
    dana.post(ISSUES, {"title": "x"})
    for method in ("get", "put", "delete"):
        assert dana.ask(method, f"{ISSUES}/{key(iid)}", {}).status_code == 404


@pytest.mark.parametrize(("list_", "body"), [(ISSUES, {"title": "x"}), (REQUESTS, REQUEST)])
def test_owners_delete_it_and_its_number_is_not_given_again(
    olivia: Program, dana: Program, mel: Program, project: Project, list_: str, body: dict[str, str]
) -> None:
    for _ in range(2):
        dana.post(list_, body)
    dana.post(f"{list_}/2/notes", {"body": "Ouch."})
    mel.post(f"{list_}/2/todo")
    assert [each.delete(f"{list_}/2").status_code for each in (mel, olivia, olivia)] == [403, 204, 404]
    assert mel.get(f"{list_}/2").status_code == 404
    assert mel.get("/organizations/acme/todos").json() == []
    assert dana.post(list_, body).json()["iid"] == 3


def test_comments(dana: Program, gus: Program, mel: Program, project: Project) -> None:
    dana.post(ISSUES, {"title": "x"})
    made = gus.post(f"{ISSUES}/1/notes", {"body": "Ouch."})
    assert made.status_code == 201
    note = f"{ISSUES}/1/notes/{made.json()['id']}"
    assert gus.get(f"{ISSUES}/1/notes").json() == [gus.get(note).json()] == [made.json()]
    assert gus.put(note, {"body": "Ouch!"}).json()["body"] == "Ouch!"
    assert mel.put(note, {"body": "x"}).status_code == mel.delete(note).status_code == 403
    assert dana.delete(note).status_code == 204
    assert gus.get(note).status_code == 404


def test_a_comment_is_found_below_its_own_issue_only(dana: Program, project: Project) -> None:
    for title in "xy":
        dana.post(ISSUES, {"title": title})
    dana.post(REQUESTS, REQUEST)
    note = dana.post(f"{ISSUES}/1/notes", {"body": "x"}).json()["id"]
    for elsewhere in (f"{ISSUES}/2", f"{REQUESTS}/1", "/projects/tools%2Fnothing/issues/1"):
        for method in ("get", "put", "delete"):
            assert (
                dana.ask(method, f"{elsewhere}/notes/{note}", {"body": "y"} if method == "put" else None).status_code
                == 404
            )


def test_lists_of_what_is_ones_own(dana: Program, mel: Program, rita: Program, project: Project) -> None:
    assert mel.user
    dana.post(ISSUES, {"title": "given", "assignee_id": mel.user.pk})
    mel.post(ISSUES, {"title": "made"})
    mine = "/organizations/acme/issues"
    for query, titles in (("", ["given"]), ("?scope=created_by_me", ["made"]), ("?scope=all", ["made", "given"])):
        assert [each["title"] for each in mel.get(mine + query).json()] == titles
    mel.put(f"{ISSUES}/2", {"state_event": "close"})
    assert [each["title"] for each in mel.get(f"{mine}?scope=all&state=closed").json()] == ["made"]
    assert mel.get("/organizations/acme/merge_requests?scope=all").json() == []
    assert rita.get(f"{mine}?scope=all").status_code == 404


def test_todos(dana: Program, mel: Program, gus: Program, project: Project) -> None:
    assert mel.user
    dana.post(ISSUES, {"title": "x", "assignee_id": mel.user.pk})
    dana.post(REQUESTS, REQUEST)
    again = [mel.post(f"{REQUESTS}/1/todo").json() for _ in range(2)]
    assert again[0] == again[1]
    todos = mel.get("/organizations/acme/todos").json()
    assert [each["target_type"] for each in todos] == ["MergeRequest", "Issue"]
    assert todos[0] == again[0]
    done = f"/todos/{todos[1]['id']}/mark_as_done"
    assert gus.post(done).status_code == 404
    assert mel.post(done).json()["state"] == "done"
    assert mel.post("/organizations/acme/todos/mark_as_done").status_code == 204
    assert mel.get("/organizations/acme/todos").json() == []
    assert len(mel.get("/organizations/acme/todos?state=done").json()) == 2


def test_a_todo_of_an_organization_that_has_moved_is_its_new_pods(mel: Program, project: Project) -> None:
    mel.post(ISSUES, {"title": "x"})
    todo = mel.post(f"{ISSUES}/1/todo").json()["id"]
    project.organization.state = "moved"
    project.organization.save()
    moved = Organization.objects.using("routes").filter(pk=project.organization_id)
    moved.update(pod_id="pod_us1", epoch=F("epoch") + 1)
    answer = mel.post(f"/todos/{todo}/mark_as_done")
    assert answer.status_code == 421
    assert json.loads(answer["X-Gitlab-Pod-Redirect"])["pod"] == "pod_us1"
    assert Todo.objects.get().state == "pending"


def test_one_lists_nobody_by_giving_them_issues(leo: Program, mel: Program, open_group: Namespace) -> None:
    assert leo.user
    assert mel.user
    open_group.members.create(organization_id=open_group.organization_id, user_id=leo.user.pk, role="owner")
    project = create_project(open_group, "garden", name="Garden", visibility="public")
    issues = f"/projects/{project.pk}/issues"
    answers = [leo.post(issues, {"title": "x", "assignee_id": each}) for each in (mel.user.pk, 2**40)]
    assert {answer.status_code for answer in answers} == {400}
    assert answers[0].content == answers[1].content
    assert leo.post(issues, {"title": "x", "assignee_id": leo.user.pk}).status_code == 201


def test_a_title_that_is_too_long_is_refused_and_not_cut(mel: Program, project: Project) -> None:
    answer = mel.post(ISSUES, {"title": "a" * 400})
    assert answer.status_code == 400
    assert answer.json()["message"] == {"title": ["Ensure this field has no more than 255 characters."]}
    assert not Issue.objects.exists()
