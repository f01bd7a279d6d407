"""Labels, milestones and what else clients of GitLab set on issues and merge requests."""

from __future__ import annotations

from typing import Any

import pytest

from monolith.namespaces.models import Project
from monolith.work.models import Label, LabelLink
from tests.cast import signed_in
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"
ISSUES = f"{HAMMER}/issues"
REQUESTS = f"{HAMMER}/merge_requests"
REQUEST = {"title": "Sharper", "source_branch": "sharper", "target_branch": "main"}


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["title"] for each in answer.json()]


def test_a_label_by_name_and_by_id(dana: Program, mel: Program, project: Project) -> None:
    made = dana.post(f"{HAMMER}/labels", {"name": "needs care", "color": "#ff0000", "description": None}).json()
    assert (made["name"], made["color"], made["description"]) == ("needs care", "#ff0000", "")
    for label in (str(made["id"]), "needs%20care", "Needs%20Care"):
        assert mel.get(f"{HAMMER}/labels/{label}").json() == made
    assert dana.put(f"{HAMMER}/labels/needs%20care", {"new_name": "careful"}).json()["name"] == "careful"
    assert mel.get(f"{HAMMER}/labels?search=CARE").json()[0]["name"] == "careful"
    assert dana.post(f"{HAMMER}/labels", {"name": "Careful", "color": "#00ff00"}).status_code == 409
    assert mel.post(f"{HAMMER}/labels", {"name": "x", "color": "#00ff00"}).status_code == 403
    assert dana.delete(f"{HAMMER}/labels/careful").status_code == 204
    assert mel.get(f"{HAMMER}/labels/careful").status_code == 404


@pytest.mark.parametrize("body", [{"name": "x"}, {"name": "x", "color": "red"}, {"name": "a,b", "color": "#000000"}])
def test_a_wrong_label(dana: Program, project: Project, body: dict[str, str]) -> None:
    answer = dana.post(f"{HAMMER}/labels", body)
    assert (answer.status_code, [*answer.json()["message"]]) == (400, ["name" if "," in body["name"] else "color"])


@pytest.mark.parametrize(("list_", "body"), [(ISSUES, {"title": "x"}), (REQUESTS, REQUEST)])
def test_labels_of_issues_and_merge_requests(
    dana: Program, mel: Program, project: Project, list_: str, body: dict[str, str]
) -> None:
    assert dana.post(list_, {**body, "labels": "bug, ux"}).json()["labels"] == ["bug", "ux"]
    assert dana.put(f"{list_}/1", {"add_labels": ["UX", "new"], "remove_labels": "bug"}).json()["labels"] == [
        "new",
        "ux",
    ]
    assert dana.put(f"{list_}/1", {"labels": ""}).json()["labels"] == []
    assert dana.put(f"{list_}/1?labels[]=a&labels[]=b").json()["labels"] == ["a", "b"]
    assert dana.post(list_, {**body, "title": "other", "labels": ["a"]}).status_code == 201
    assert titles(mel.get(f"{list_}?labels=a,b")) == [body["title"]]
    assert len(titles(mel.get(f"{list_}?labels=Any"))) == 2
    assert titles(mel.get(f"{list_}?labels=None")) == []
    details = mel.get(f"{list_}?labels=b&with_labels_details=true").json()[0]["labels"]
    assert [each["name"] for each in details] == ["a", "b"]
    assert Label.objects.count() == 5


def test_labels_with_counts(dana: Program, mel: Program, project: Project) -> None:
    for title, confidential in (("x", False), ("y", True), ("z", False)):
        dana.post(ISSUES, {"title": title, "labels": "bug", "confidential": confidential})
    dana.post(REQUESTS, {**REQUEST, "labels": "bug"})
    dana.put(f"{ISSUES}/3", {"state_event": "close"})
    for program, open_issues in ((dana, 2), (mel, 1)):
        [label] = program.get(f"{HAMMER}/labels?with_counts=true").json()
        counts = (label["open_issues_count"], label["closed_issues_count"], label["open_merge_requests_count"])
        assert counts == (open_issues, 1, 1)
    assert "open_issues_count" not in mel.get(f"{HAMMER}/labels").json()[0]


def test_a_name_of_a_label_with_a_comma_is_refused(dana: Program, project: Project) -> None:
    for list_, body in ((ISSUES, {"title": "x"}), (REQUESTS, REQUEST)):
        answer = dana.post(list_, {**body, "labels": ["a,b"]})
        assert (answer.status_code, [*answer.json()["message"]]) == (400, ["labels"])
    assert not Label.objects.exists()


@pytest.mark.parametrize("labels", ["x" * 256, ",".join(map(str, range(101)))])
def test_a_form_refuses_labels_that_cannot_be(dana: Program, project: Project, labels: str) -> None:
    assert dana.user
    answer = signed_in(dana.user).post("/tools/hammer/-/issues/new", {"title": "x", "labels": labels})
    assert answer.status_code == 422
    assert not Label.objects.exists()


def test_only_developers_set_labels_and_milestones(dana: Program, mel: Program, project: Project) -> None:
    milestone = dana.post(f"{HAMMER}/milestones", {"title": "Soon"}).json()["id"]
    for body in ({"labels": "bug"}, {"milestone_id": milestone}):
        answer = mel.post(ISSUES, {"title": "x", **body})
        assert (answer.status_code, [*answer.json()["message"]]) == (400, [*body])
    assert not Label.objects.exists()


def test_deleting_a_project_deletes_its_labels(olivia: Program, dana: Program, project: Project) -> None:
    dana.post(ISSUES, {"title": "x", "labels": "bug"})
    dana.post(f"{ISSUES}/1/unsubscribe", {})
    dana.post(f"{HAMMER}/star", {})
    dana.post(f"{HAMMER}/milestones", {"title": "Soon"})
    assert olivia.delete(HAMMER).status_code == 202
    assert not LabelLink.objects.exists()
    assert not Label.objects.exists()


def test_a_milestone(dana: Program, mel: Program, project: Project) -> None:
    milestones = f"{HAMMER}/milestones"
    made = dana.post(milestones, {"title": "Soon", "due_date": "2020-01-31"}).json()
    assert (made["iid"], made["state"], made["due_date"], made["expired"]) == (1, "active", "2020-01-31", True)
    assert mel.get(f"{milestones}/{made['id']}").json() == made
    assert [*dana.post(milestones, {"title": "Soon"}).json()["message"]] == ["title"]
    assert [*dana.put(f"{milestones}/{made['id']}", {"start_date": "2020-02-01"}).json()["message"]] == ["due_date"]
    dana.post(ISSUES, {"title": "x", "milestone_id": made["id"]})
    dana.post(ISSUES, {"title": "y"})
    assert dana.get(f"{ISSUES}/1").json()["milestone"] == made
    assert titles(mel.get(f"{ISSUES}?milestone=Soon")) == titles(mel.get(f"{milestones}/{made['id']}/issues")) == ["x"]
    assert titles(mel.get(f"{ISSUES}?milestone=None")) == ["y"]
    assert dana.put(f"{milestones}/{made['id']}", {"state_event": "close"}).json()["state"] == "closed"
    assert mel.get(f"{milestones}?state=active").json() == []
    assert dana.delete(f"{milestones}/{made['id']}").status_code == 204
    assert dana.get(f"{ISSUES}/1").json()["milestone"] is None


def test_a_milestone_of_another_project_is_as_none(
    dana: Program, olivia: Program, secret: Project, project: Project
) -> None:
    theirs = olivia.post(f"/projects/{secret.pk}/milestones", {"title": "Gold"}).json()["id"]
    answers = [dana.post(ISSUES, {"title": "x", "milestone_id": each}) for each in (theirs, 2**40)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(400, answers[0].content)}


def test_the_one_assignee_as_a_list(dana: Program, mel: Program, project: Project) -> None:
    assert mel.user
    made = dana.post(ISSUES, {"title": "x", "assignee_ids": [mel.user.pk]}).json()
    assert made["assignee"]["username"] == made["assignees"][0]["username"] == "mel"
    for query in (f"assignee_id={mel.user.pk}", "assignee_username=mel", "assignee_id=Any"):
        assert titles(dana.get(f"{ISSUES}?{query}")) == ["x"]
    assert titles(dana.get(f"{ISSUES}?assignee_id=None")) == []
    assert dana.put(f"{ISSUES}/1", {"assignee_ids": []}).json()["assignees"] == []
    assert [*dana.put(f"{ISSUES}/1", {"assignee_ids": [1, 2]}).json()["message"]] == ["assignee_ids"]


def test_closing_says_when_and_by_whom(dana: Program, mel: Program, project: Project) -> None:
    dana.post(ISSUES, {"title": "x"})
    closed = dana.put(f"{ISSUES}/1", {"state_event": "close"}).json()
    assert closed["closed_by"]["username"] == "dana"
    assert closed["closed_at"]
    assert [each["action_name"] for each in mel.get(f"{HAMMER}/events?target_type=issue").json()] == [
        "closed",
        "opened",
    ]
    assert dana.put(f"{ISSUES}/1", {"state_event": "reopen"}).json()["closed_at"] is None
    references = dana.get(f"{ISSUES}/1").json()["references"]
    assert references == {"short": "#1", "relative": "#1", "full": "tools/hammer#1"}


def test_subscriptions(dana: Program, mel: Program, project: Project) -> None:
    assert dana.post(ISSUES, {"title": "x"}).json()["subscribed"] is True
    assert mel.get(f"{ISSUES}/1").json()["subscribed"] is False
    answers = [mel.post(f"{ISSUES}/1/subscribe", {}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 304]
    assert mel.get(f"{ISSUES}/1").json()["subscribed"] is True
    assert dana.post(f"{ISSUES}/1/unsubscribe", {}).json()["subscribed"] is False


def test_stars(mel: Program, dana: Program, project: Project) -> None:
    answers = [mel.post(f"{HAMMER}/star", {}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 304]
    dana.post(f"{HAMMER}/star", {})
    assert mel.get(HAMMER).json()["star_count"] == 2
    assert len(mel.get("/organizations/acme/projects?starred=true").json()) == 1
    assert [mel.post(f"{HAMMER}/unstar", {}).status_code for _ in range(2)] == [201, 304]
    assert mel.get("/organizations/acme/projects?starred=true").json() == []


def test_an_archived_project_is_only_read(olivia: Program, dana: Program, mel: Program, project: Project) -> None:
    dana.post(ISSUES, {"title": "x"})
    note = dana.post(f"{ISSUES}/1/notes", {"body": "x"}).json()["id"]
    assert mel.post(f"{HAMMER}/archive", {}).status_code == 403
    assert dana.post(f"{HAMMER}/archive", {}).json()["archived"] is True
    for method, path, body in (
        ("post", ISSUES, {"title": "y"}),
        ("put", f"{ISSUES}/1", {"title": "y"}),
        ("post", f"{ISSUES}/1/notes", {"body": "y"}),
        ("put", f"{ISSUES}/1/notes/{note}", {"body": "y"}),
        ("post", REQUESTS, REQUEST),
        ("post", f"{HAMMER}/labels", {"name": "x", "color": "#000000"}),
        ("post", f"{ISSUES}/1/subscribe", {}),
        ("delete", f"{ISSUES}/1", None),
    ):
        assert dana.ask(method, path, body).status_code == 403, path
    assert dana.user
    browser = signed_in(dana.user)
    assert "/issues/1/delete" not in browser.get("/tools/hammer/-/issues/1").text
    assert browser.get("/tools/hammer/-/issues/1/delete").status_code == 403
    assert titles(mel.get(ISSUES)) == ["x"]
    assert mel.get(f"{HAMMER}/members").status_code == 200
    assert mel.get("/groups/tools/projects?archived=false").json() == []
    assert dana.post(f"{HAMMER}/unarchive", {}).json()["archived"] is False
    assert dana.post(ISSUES, {"title": "y"}).status_code == 201


def test_threads(dana: Program, mel: Program, project: Project) -> None:
    dana.post(ISSUES, {"title": "x"})
    threads = f"{ISSUES}/1/discussions"
    single = dana.post(f"{ISSUES}/1/notes", {"body": "alone"}).json()["id"]
    made = mel.post(threads, {"body": "first"}).json()
    assert (made["individual_note"], [each["body"] for each in made["notes"]]) == (False, ["first"])
    answer = dana.post(f"{threads}/{made['id']}/notes", {"body": "second"}).json()
    assert answer["type"] == "DiscussionNote"
    listed = mel.get(threads).json()
    assert [[each["body"] for each in thread["notes"]] for thread in listed] == [["alone"], ["first", "second"]]
    assert mel.get(f"{threads}/{made['id']}").json() == listed[1]
    assert [*dana.post(f"{threads}/{listed[0]['id']}/notes", {"body": "x"}).json()["message"]] == ["discussion_id"]
    one = f"{threads}/{made['id']}/notes/{answer['id']}"
    assert dana.put(one, {"body": "third"}).json()["body"] == "third"
    assert dana.delete(f"{threads}/{made['id']}/notes/{single}").status_code == 404
    assert dana.delete(one).status_code == 204
    for absent in ("0" * 40, "f" * 40, "x", made["id"][1:]):
        assert mel.get(f"{threads}/{absent}").status_code == 404


def test_filters_of_projects_and_groups(dana: Program, mel: Program, olivia: Program, project: Project) -> None:
    projects, groups = "/organizations/acme/projects", "/organizations/acme/groups"

    def paths(program: Program, path: str) -> list[str]:
        return [each["path"] for each in program.get(path).json()]

    dana.put(HAMMER, {"topics": ["iron", "wood"]})
    for query, seen in (
        ("search=HAM", ["hammer"]),
        ("search=saw", []),
        ("membership=true", []),
        ("visibility=internal", ["hammer"]),
        ("visibility=public", []),
        ("topic=iron,wood", ["hammer"]),
        ("topic=tin", []),
    ):
        assert paths(mel, f"{projects}?{query}") == seen, query
    for query in ("membership=true", "owned=true", "min_access_level=50"):
        assert paths(dana, f"{projects}?{query}") == ["hammer"]
    assert paths(dana, f"{groups}?owned=true&search=too&top_level_only=true") == ["tools"]
    assert paths(mel, f"{groups}?owned=true") == []
    permissions = dana.get(HAMMER).json()["permissions"]
    assert permissions["group_access"] == {"access_level": 50, "notification_level": 3}
    assert permissions["project_access"] is None
    assert dana.get(HAMMER).json()["name_with_namespace"] == "Tools / Hammer"
