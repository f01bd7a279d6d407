"""A confidential issue is for its author, its assignee and the project's developers, in every field and mutation."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from monolith.graphql.gid import gid
from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Project
from monolith.work.issuables import comment, open_issuable, remind
from monolith.work.models import Issue, Note, Todo
from organizations.models import Organization
from tests.databases import ALIASES, PRIMARIES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import ask, errors, post

pytestmark = pytest.mark.django_db(databases=ALIASES)

SECRET = "The head flies off"
REFUSED = "The resource does not exist, or you do not have permission to perform this action."
FIND = """query ($iid: ID!, $issue: IssueID!, $note: NoteID!, $todo: TodoID!) {
    issues { count nodes { title } }
    issue(id: $issue) { title }
    note(id: $note) { body }
    todo(id: $todo) { targetUrl target { ... on Issue { title } } }
    currentUser { todos { count nodes { target { ... on Issue { title } } } } }
    project(fullPath: "tools/hammer") { issues { count nodes { title notes { count } } } issue(iid: $iid) { title } }
    projects { nodes { issues { count } } }
}"""


@pytest.fixture
def secret_issue(mel: Program, dana: Program, gus: Program, project: Project) -> Issue:
    """Number 1: confidential, by Mel. Everybody has a to-do item about it, from when it was open to them."""
    assert mel.user
    made = open_issuable(Issue, project, mel.user, title=SECRET)
    for program in (mel, dana, gus):
        assert program.user
        comment(made, program.user, "Ouch.")
        remind(made, program.user)
    sent = {"iid": "1"}
    change = 'mutation ($iid: String!) { updateIssue(input: {projectPath: "tools/hammer", iid: $iid, %s}) { %s } }'
    answer = ask(dana, change % ("confidential: true", "errors issue { confidential }"), **sent)
    assert answer["updateIssue"] == {"errors": [], "issue": {"confidential": True}}
    return made


def find(program: Program, issue: Issue, iid: str = "1") -> Any:
    """What somebody finds of an issue; the comment and the to-do item are their own."""
    assert program.user
    note = Note.objects.get(issue=issue, author_id=program.user.pk)
    todo = Todo.objects.get(issue=issue, user_id=program.user.pk)
    return ask(program, FIND, iid=iid, issue=gid(issue), note=gid(note), todo=gid(todo))


def test_those_who_may_see_it(mel: Program, dana: Program, secret_issue: Issue) -> None:
    titled = {"title": SECRET}
    for program in (mel, dana):
        assert find(program, secret_issue) == {
            "issues": {"count": 1, "nodes": [titled]},
            "issue": titled,
            "note": {"body": "Ouch."},
            "todo": {"targetUrl": "http://testserver/tools/hammer/-/issues/1", "target": titled},
            "currentUser": {"todos": {"count": 1, "nodes": [{"target": titled}]}},
            "project": {"issues": {"count": 1, "nodes": [{**titled, "notes": {"count": 3}}]}, "issue": titled},
            "projects": {"nodes": [{"issues": {"count": 1}}]},
        }


def test_all_others_find_none(gus: Program, secret_issue: Issue) -> None:
    assert find(gus, secret_issue) == {
        "issues": {"count": 0, "nodes": []},
        "issue": None,
        "note": None,
        "todo": None,
        "currentUser": {"todos": {"count": 0, "nodes": []}},
        "project": {"issues": {"count": 0, "nodes": []}, "issue": None},
        "projects": {"nodes": [{"issues": {"count": 0}}]},
    }


def test_its_assignee_sees_it(dana: Program, gus: Program, secret_issue: Issue) -> None:
    assert gus.user
    change = """mutation ($ids: [UserID!]) {
        updateIssue(input: {projectPath: "tools/hammer", iid: "1", assigneeIds: $ids}) { errors issue { title } }
    }"""
    assert ask(dana, change, ids=[gid(gus.user)])["updateIssue"] == {"errors": [], "issue": {"title": SECRET}}
    assert find(gus, secret_issue)["issue"] == {"title": SECRET}
    assert ask(dana, change, ids=[])["updateIssue"]["errors"] == []
    assert find(gus, secret_issue)["issue"] is None


def test_others_change_nothing_of_it(gus: Program, secret_issue: Issue) -> None:
    assert gus.user
    note = Note.objects.get(issue=secret_issue, author_id=gus.user.pk)
    todo = Todo.objects.get(issue=secret_issue, user_id=gus.user.pk)
    issue = gid(secret_issue)
    for change in (
        'updateIssue(input: {projectPath: "tools/hammer", iid: "1", title: "x"})',
        f'createNote(input: {{noteableId: "{issue}", body: "x"}})',
        f'updateNote(input: {{id: "{gid(note)}", body: "x"}})',
        f'destroyNote(input: {{id: "{gid(note)}"}})',
        f'todoCreate(input: {{targetId: "{issue}"}})',
        f'todoMarkDone(input: {{id: "{gid(todo)}"}})',
    ):
        assert errors(gus, f"mutation {{ {change} {{ errors }} }}") == [REFUSED]
    secret_issue.refresh_from_db()
    assert secret_issue.title == SECRET
    assert [each.text for each in secret_issue.notes.all()] == ["Ouch."] * 3
    todo.refresh_from_db()
    assert todo.state == "pending"


def test_another_organization_finds_nothing(rita: Program, rivals: Organization, secret_issue: Issue) -> None:
    assert rita.user
    top = create_namespace(rivals.pk, "theirs", name="Theirs", visibility="private")
    own = open_issuable(
        Issue, create_project(top, "own", name="Own", visibility="private"), rita.user, title="Own", confidential=True
    )
    address = "/api/organizations/rivals/graphql"
    asked = "query ($id: IssueID!) { issue(id: $id) { title } issues { count nodes { title confidential } } }"
    for issue, shown in ((own, {"title": "Own"}), (secret_issue, None)):
        assert ask(rita, asked, address, id=gid(issue)) == {
            "issue": shown,
            "issues": {"count": 1, "nodes": [{"title": "Own", "confidential": True}]},
        }


def test_nothing_tells_that_there_is_one(dana: Program, mel: Program, gus: Program, project: Project) -> None:
    """The answer is the same as before, byte for byte, and costs the same queries; 2 is the number that it gets."""
    assert dana.user
    assert gus.user
    shown = open_issuable(Issue, project, dana.user, title="Open")
    comment(shown, gus.user, "Hm.")
    remind(shown, gus.user)
    note, todo = Note.objects.get(), Todo.objects.get()
    variables = {"iid": "2", "issue": gid(shown), "note": gid(note), "todo": gid(todo)}

    def told() -> tuple[bytes, list[int]]:
        with ExitStack() as stack:
            queries = [stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in PRIMARIES]
            content = post(gus, {"query": FIND, "variables": variables}).content
        return content, [len(each) for each in queries]

    told()
    before = told()
    made = ask(
        dana,
        f"""mutation {{ createIssue(input: {{projectPath: "tools/hammer", title: "{SECRET}", confidential: true}}) {{
            issue {{ id iid confidential }}
        }} }}""",
    )["createIssue"]["issue"]
    assert (made["iid"], made["confidential"]) == ("2", True)
    ask(dana, f'mutation {{ createNote(input: {{noteableId: "{made["id"]}", body: "@gus, look."}}) {{ errors }} }}')
    assert told() == before
