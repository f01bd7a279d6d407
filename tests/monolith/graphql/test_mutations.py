"""What can be changed, and by whom: the same people as on pages and in the REST API."""

from __future__ import annotations

from typing import Any

import pytest

from monolith.graphql.gid import gid
from monolith.graphql.look import NO_PERSON, NOT_YOURS, READS_ONLY
from monolith.namespaces.models import Namespace, Project
from monolith.work.issuables import comment, remind
from monolith.work.models import Issue, MergeRequest, Note, Todo
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import ask, errors, post

pytestmark = pytest.mark.django_db(databases=ALIASES)

CREATE_ISSUE = """mutation ($input: CreateIssueInput!) { createIssue(input: $input) {
    clientMutationId errors issue { iid title description author { username } assignees { nodes { username } } } } }"""
UPDATE_ISSUE = """mutation ($input: UpdateIssueInput!) { updateIssue(input: $input) {
    errors issue { title state assignees { nodes { username } } } } }"""
CREATE_NOTE = "mutation ($input: CreateNoteInput!) { createNote(input: $input) { errors note { id body } } }"
UPDATE_NOTE = "mutation ($input: UpdateNoteInput!) { updateNote(input: $input) { errors note { body } } }"
DESTROY_NOTE = "mutation ($input: DestroyNoteInput!) { destroyNote(input: $input) { errors note { body } } }"
TODO_CREATE = "mutation ($input: TodoCreateInput!) { todoCreate(input: $input) { errors todo { id state } } }"
TODO_DONE = "mutation ($input: TodoMarkDoneInput!) { todoMarkDone(input: $input) { errors todo { state } } }"
TODO_RESTORE = "mutation ($input: TodoRestoreInput!) { todoRestore(input: $input) { errors todo { state } } }"
ALL_DONE = "mutation { todosMarkAllDone(input: {}) { errors } }"
HERE = {"projectPath": "tools/hammer"}


def done(program: Program, query: str, **given: Any) -> Any:
    """The payload of a mutation."""
    [payload] = ask(program, query, input=given).values()
    return payload


def refused(program: Program, query: str, **given: Any) -> list[str]:
    """What is said to somebody who may not do it."""
    answer = post(program, {"query": query, "variables": {"input": given}})
    assert answer.status_code == 200
    assert list(answer.json()["data"].values()) == [None]
    return [each["message"] for each in answer.json()["errors"]]


def test_an_issue_is_opened(dana: Program, mel: Program, project: Project) -> None:
    assert mel.user
    payload = done(
        dana,
        CREATE_ISSUE,
        **HERE,
        title="Broken",
        description="Quite.",
        assigneeIds=[gid(mel.user)],
        clientMutationId="7",
    )
    assert payload == {
        "clientMutationId": "7",
        "errors": [],
        "issue": {
            "iid": "1",
            "title": "Broken",
            "description": "Quite.",
            "author": {"username": "dana"},
            "assignees": {"nodes": [{"username": "mel"}]},
        },
    }
    assert Todo.objects.get().user_id == mel.user.pk


def test_what_is_wrong_with_an_issue_is_listed(dana: Program, rita: Program, project: Project) -> None:
    assert rita.user
    payload = done(dana, CREATE_ISSUE, **HERE, title="", description="x" * 1_000_001)
    assert payload["issue"] is None
    assert payload["errors"] == [
        f"description: Ensure this field has no more than {payload['errors'][0].split()[-2]} characters.",
        "title: This field may not be blank.",
    ]
    for stranger in (gid(rita.user), "gid://gitlab/User/999999999"):
        payload = done(dana, CREATE_ISSUE, **HERE, title="x", assigneeIds=[stranger])
        assert payload["errors"] == ["assigneeIds: Nobody with this id works on this project."]
    payload = done(dana, CREATE_ISSUE, **HERE, title="x", assigneeIds=[gid(rita.user), gid(dana.user)])
    assert payload["errors"] == ["assigneeIds: Name one user at most."]
    assert not Issue.objects.exists()


def test_an_issue_is_changed(dana: Program, mel: Program, issue: Issue) -> None:
    assert dana.user
    todo = remind(issue, dana.user)
    payload = done(dana, UPDATE_ISSUE, **HERE, iid="1", title="Mended", stateEvent="CLOSE", assigneeIds=[])
    assert payload == {"errors": [], "issue": {"title": "Mended", "state": "closed", "assignees": {"nodes": []}}}
    todo.refresh_from_db()
    assert todo.state == Todo.State.DONE
    assert done(dana, UPDATE_ISSUE, **HERE, iid="1", stateEvent="REOPEN")["issue"]["state"] == "opened"
    assert done(dana, UPDATE_ISSUE, **HERE, iid="1")["errors"] == ["Give at least one field to change."]
    assert done(dana, UPDATE_ISSUE, **HERE, iid="1", title=None)["errors"] == ["title: This field may not be null."]
    assert refused(mel, UPDATE_ISSUE, **HERE, iid="1", title="Mine") == [NOT_YOURS]


def test_comments(dana: Program, mel: Program, issue: Issue, merge_request: MergeRequest) -> None:
    for about in (issue, merge_request):
        made = done(mel, CREATE_NOTE, noteableId=gid(about), body="Hm.")["note"]
        assert made["body"] == "Hm."
        assert done(mel, UPDATE_NOTE, id=made["id"], body="Oh.") == {"errors": [], "note": {"body": "Oh."}}
        assert done(mel, UPDATE_NOTE, id=made["id"], body=" ")["errors"] == ["body: This field may not be blank."]
        # A maintainer changes everybody's.
        assert done(dana, UPDATE_NOTE, id=made["id"], body="Ah.")["note"] == {"body": "Ah."}
        assert done(mel, DESTROY_NOTE, id=made["id"]) == {"errors": [], "note": None}
        assert refused(mel, DESTROY_NOTE, id=made["id"]) == [NOT_YOURS]
    others = Note.objects.get()
    assert refused(mel, UPDATE_NOTE, id=gid(others), body="Mine") == [NOT_YOURS]
    assert refused(mel, DESTROY_NOTE, id=gid(others)) == [NOT_YOURS]


def test_todo_items(dana: Program, mel: Program, issue: Issue) -> None:
    made = done(mel, TODO_CREATE, targetId=gid(issue))["todo"]
    assert made["state"] == "pending"
    assert done(mel, TODO_CREATE, targetId=gid(issue))["todo"] == made
    assert refused(dana, TODO_DONE, id=made["id"]) == [NOT_YOURS]
    for _ in range(2):
        assert done(mel, TODO_DONE, id=made["id"]) == {"errors": [], "todo": {"state": "done"}}
    assert done(mel, TODO_RESTORE, id=made["id"]) == {"errors": [], "todo": {"state": "pending"}}
    assert refused(dana, TODO_RESTORE, id=made["id"]) == [NOT_YOURS]
    done(dana, TODO_CREATE, targetId=gid(issue))
    assert ask(mel, ALL_DONE) == {"todosMarkAllDone": {"errors": []}}
    assert {each.user_id for each in Todo.objects.filter(state="pending")} == {dana.user and dana.user.pk}


def test_what_is_absent_private_or_of_another_kind_is_refused_alike(
    mel: Program, hidden: Issue, project: Project
) -> None:
    note = hidden.notes.get()
    for noteable in (gid(hidden), "gid://gitlab/Issue/999999999", "gid://gitlab/MergeRequest/999999999"):
        assert refused(mel, CREATE_NOTE, noteableId=noteable, body="x") == [NOT_YOURS]
        assert refused(mel, TODO_CREATE, targetId=noteable) == [NOT_YOURS]
    for each in (gid(note), "gid://gitlab/Note/999999999"):
        assert refused(mel, UPDATE_NOTE, id=each, body="x") == [NOT_YOURS]
        assert refused(mel, DESTROY_NOTE, id=each) == [NOT_YOURS]
    for path in ("vault/gold", "tools/no-such-project"):
        assert refused(mel, CREATE_ISSUE, projectPath=path, title="x") == [NOT_YOURS]
        assert refused(mel, UPDATE_ISSUE, projectPath=path, iid="1", title="x") == [NOT_YOURS]
    assert refused(mel, UPDATE_ISSUE, **HERE, iid="77", title="x") == [NOT_YOURS]
    assert refused(mel, UPDATE_ISSUE, **HERE, iid="x", title="x") == [NOT_YOURS]


def test_nothing_is_changed_from_another_organizations_address(
    rita: Program, dana: Program, issue: Issue, rivals: Any
) -> None:
    project = issue.project
    Namespace.objects.update(visibility="public")
    Project.objects.update(visibility="public")
    answer = post(
        rita,
        {"query": CREATE_ISSUE, "variables": {"input": {"projectPath": project.full_path, "title": "x"}}},
        "/api/organizations/rivals/graphql",
    ).json()
    assert answer["data"] == {"createIssue": None}
    assert [each["message"] for each in answer["errors"]] == [NOT_YOURS]


def test_visitors_and_tokens_for_reading_change_nothing(dana: Program, visitor: Program, issue: Issue) -> None:
    assert dana.user
    reader = Program(dana.user, scope="read_api")
    assert ask(reader, "{ currentUser { username } }")["currentUser"] == {"username": "dana"}
    assert errors(reader, ALL_DONE) == [READS_ONLY]
    assert errors(visitor, ALL_DONE, "/api/graphql") == [NO_PERSON]


def test_several_mutations_are_done_in_order(dana: Program, issue: Issue) -> None:
    comment(issue, dana.user, "x")  # type: ignore[arg-type]  # a program of somebody
    query = f"""mutation {{
        a: createNote(input: {{noteableId: "{gid(issue)}", body: "one"}}) {{ note {{ body }} }}
        b: createNote(input: {{noteableId: "{gid(issue)}", body: ""}}) {{ errors note {{ body }} }}
        c: createNote(input: {{noteableId: "{gid(issue)}", body: "three"}}) {{ note {{ body }} }}
    }}"""
    assert ask(dana, query) == {
        "a": {"note": {"body": "one"}},
        "b": {"errors": ["body: This field may not be blank."], "note": None},
        "c": {"note": {"body": "three"}},
    }
    assert [each.text for each in issue.notes.order_by("pk")][-2:] == ["one", "three"]
