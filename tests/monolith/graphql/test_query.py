"""What queries return, and to whom."""

from __future__ import annotations

from typing import Any

import pytest

from admin_settings.in_force import in_force
from monolith.graphql.gid import gid
from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.issuables import comment, open_issuable, remind
from monolith.work.models import Issue, MergeRequest, Note
from organizations.models import GITLAB_COM_PUBLIC, Organization
from pods.concealment import CONCEAL_HEADER
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import ABSENT, ask, errors, post

pytestmark = pytest.mark.django_db(databases=ALIASES)

PUBLIC = "/api/graphql"


def test_who_asks(dana: Program, visitor: Program, acme: Organization, public: Organization) -> None:
    assert dana.user
    asked = "{ currentUser { id username name email webUrl } }"
    assert ask(dana, asked)["currentUser"] == {
        "id": f"gid://gitlab/User/{dana.user.pk}",
        "username": "dana",
        "name": dana.user.name,
        "email": "dana@example.com",
        "webUrl": "http://testserver/dana",
    }
    assert ask(visitor, asked, PUBLIC) == {"currentUser": None}


def test_the_organization(dana: Program, acme: Organization, rivals: Organization) -> None:
    asked = "query ($id: OrganizationsOrganizationID) { organization(id: $id) { id path name } }"
    expected = {"id": gid(acme), "path": "acme", "name": "Acme"}
    assert ask(dana, asked)["organization"] == expected
    assert ask(dana, asked, id=gid(acme))["organization"] == expected
    for other in (gid(rivals), "gid://gitlab/Organizations::Organization/999999999"):
        assert ask(dana, asked, id=other) == {"organization": None}


def test_a_project_with_what_is_in_it(dana: Program, issue: Issue, merge_request: MergeRequest) -> None:
    asked = """
        { project(fullPath: "Tools/Hammer") {
            id name path fullPath description visibility webUrl
            namespace { fullPath } group { fullPath parent { id } }
            issues { count nodes {
                id iid title description state webUrl reference(full: true) userNotesCount author { username }
                assignees { count nodes { username } edges { cursor } } notes { nodes { id body author { username } } }
            } }
            mergeRequests { nodes { iid title sourceBranch targetBranch reference project { path } } }
        } }
    """
    found = ask(dana, asked)["project"]
    note = Note.objects.get()
    assert found == {
        "id": gid(issue.project),
        "name": "Hammer",
        "path": "hammer",
        "fullPath": "tools/hammer",
        "description": "",
        "visibility": "internal",
        "webUrl": "http://testserver/tools/hammer",
        "namespace": {"fullPath": "tools"},
        "group": {"fullPath": "tools", "parent": None},
        "issues": {
            "count": 1,
            "nodes": [
                {
                    "id": gid(issue),
                    "iid": "1",
                    "title": "Broken",
                    "description": "",
                    "state": "opened",
                    "webUrl": "http://testserver/tools/hammer/-/issues/1",
                    "reference": "tools/hammer#1",
                    "userNotesCount": 1,
                    "author": {"username": "dana"},
                    "assignees": {
                        "count": 1,
                        "nodes": [{"username": "dana"}],
                        "edges": found["issues"]["nodes"][0]["assignees"]["edges"],
                    },
                    "notes": {"nodes": [{"id": gid(note), "body": "Indeed.", "author": {"username": "dana"}}]},
                }
            ],
        },
        "mergeRequests": {
            "nodes": [
                {
                    "iid": "1",
                    "title": "Mend it",
                    "sourceBranch": "mend",
                    "targetBranch": "main",
                    "reference": "!1",
                    "project": {"path": "hammer"},
                }
            ]
        },
    }


def test_groups(olivia: Program, dana: Program, group: Namespace, project: Project, secret: Project) -> None:
    inner = create_namespace(group.organization_id, "inner", parent=group, name="Inner", visibility="internal")
    create_project(inner, "saw", name="Saw", visibility="private")
    asked = """{
        groups { nodes { fullPath parent { fullPath } subgroups { nodes { path } } projects { count nodes { path } } } }
        group(fullPath: "tools") { id subgroups { nodes { path } } projects { nodes { path } } }
        projects { nodes { fullPath group { path } } }
    }"""
    tools = {
        "fullPath": "tools",
        "parent": None,
        "subgroups": {"nodes": [{"path": "inner"}]},
        "projects": {"count": 1, "nodes": [{"path": "hammer"}]},
    }
    below = {
        "fullPath": "tools/inner",
        "parent": {"fullPath": "tools"},
        "subgroups": {"nodes": []},
        "projects": {"count": 1, "nodes": [{"path": "saw"}]},
    }
    vault: dict[str, Any] = {
        "fullPath": "vault",
        "parent": None,
        "subgroups": {"nodes": []},
        "projects": {"count": 1, "nodes": [{"path": "gold"}]},
    }
    found = ask(olivia, asked)
    assert found["groups"]["nodes"] == [tools, below, vault]
    assert found["group"] == {
        "id": gid(group),
        "subgroups": {"nodes": [{"path": "inner"}]},
        "projects": {"nodes": [{"path": "hammer"}]},
    }
    assert [each["fullPath"] for each in found["projects"]["nodes"]] == [
        "tools/hammer",
        "tools/inner/saw",
        "vault/gold",
    ]
    assert ask(dana, asked)["groups"]["nodes"] == [tools, below]


def test_a_members_list_and_who_may_not_see_it(
    dana: Program, mel: Program, visitor: Program, project: Project, open_group: Namespace
) -> None:
    assert mel.user
    project.members.create(organization_id=project.organization_id, user_id=mel.user.pk, role="developer")
    asked = """{ project(fullPath: "tools/hammer") {
        projectMembers(relations: [DIRECT]) { count nodes {
            user { username } accessLevel { integerValue stringValue }
        } }
        group { groupMembers(relations: [DIRECT]) { nodes { user { username } accessLevel { integerValue } } } }
    } }"""
    assert ask(dana, asked)["project"] == {
        "projectMembers": {
            "count": 1,
            "nodes": [{"user": {"username": "mel"}, "accessLevel": {"integerValue": 30, "stringValue": "DEVELOPER"}}],
        },
        "group": {"groupMembers": {"nodes": [{"user": {"username": "dana"}, "accessLevel": {"integerValue": 50}}]}},
    }
    asked = '{ group(fullPath: "open") { groupMembers(relations: [DIRECT]) { count } } }'
    answer = post(visitor, {"query": asked}, PUBLIC).json()
    assert answer["data"] == {"group": {"groupMembers": None}}
    assert [each["message"] for each in answer["errors"]] == ["Send an access token, or sign in."]


def test_todos(dana: Program, mel: Program, issue: Issue, merge_request: MergeRequest) -> None:
    assert dana.user
    todos = [remind(each, dana.user) for each in (issue, merge_request)]
    asked = """query ($state: [TodoStateEnum!]) { currentUser { todos(state: $state) { count nodes {
        id state targetType targetUrl target { ... on Issue { title } ... on MergeRequest { title author { name } } }
    } } } }"""
    found = ask(dana, asked)["currentUser"]["todos"]
    assert found["count"] == 2
    assert [each["id"] for each in found["nodes"]] == [gid(each) for each in reversed(todos)]
    assert found["nodes"][1] == {
        "id": gid(todos[0]),
        "state": "pending",
        "targetType": "ISSUE",
        "targetUrl": "http://testserver/tools/hammer/-/issues/1",
        "target": {"title": "Broken"},
    }
    assert ask(dana, asked, state=["done"])["currentUser"]["todos"]["nodes"] == []
    assert ask(mel, asked)["currentUser"]["todos"]["nodes"] == []


def test_lists_of_the_organization(dana: Program, issue: Issue, merge_request: MergeRequest, hidden: Issue) -> None:
    asked = """query ($state: IssuableState) {
        issues(state: $state) { nodes { title project { fullPath } } }
        currentUser { authoredMergeRequests { nodes { title } } assignedMergeRequests { nodes { title } } }
    }"""
    found = ask(dana, asked)
    assert found["issues"]["nodes"] == [{"title": "Broken", "project": {"fullPath": "tools/hammer"}}]
    assert found["currentUser"]["authoredMergeRequests"]["nodes"] == [{"title": "Mend it"}]
    assert found["currentUser"]["assignedMergeRequests"]["nodes"] == []
    assert ask(dana, asked, state="closed")["issues"]["nodes"] == []


@pytest.fixture
def theirs(rita: Program, rivals: Organization) -> Issue:
    """An issue of another organization, which everybody may see, with a comment and a to-do item."""
    assert rita.user
    top = create_namespace(rivals.pk, "rival-tools", name="Tools", visibility="public")
    made = create_project(top, "hammer", name="Hammer", visibility="public")
    issue = open_issuable(Issue, made, rita.user, title="Theirs")
    comment(issue, rita.user, "Ours.")
    remind(issue, rita.user)
    return issue


def test_what_is_foreign_or_private_is_as_what_does_not_exist(dana: Program, theirs: Issue, hidden: Issue) -> None:
    """Everything is public over there, and is shown at that organization's own address only."""
    asked = {
        "issue(id: $id) { id }": ("IssueID", gid, "gid://gitlab/Issue/999999999"),
        "note(id: $id) { id }": ("NoteID", lambda issue: gid(issue.notes.get()), "gid://gitlab/Note/999999999"),
        "project(fullPath: $id) { id }": ("ID", lambda issue: issue.project.full_path, "tools/no-such-project"),
        "group(fullPath: $id) { id }": ("ID", lambda issue: issue.project.namespace.full_path, "no-such-group"),
        "namespace(fullPath: $id) { id }": ("ID", lambda issue: issue.project.namespace.full_path, "no-such-group"),
    }
    for field, (kind, name, absent) in asked.items():
        query = f"query ($id: {kind}!) {{ {field} }}"
        answers = [
            post(dana, {"query": query, "variables": {"id": each}}) for each in (name(theirs), name(hidden), absent)
        ]
        assert {answer.content for answer in answers} == {answers[0].content}
        assert answers[0].json() == {"data": {field.partition("(")[0]: None}}
        # Routers hold each until the same moment.
        assert {answer[CONCEAL_HEADER] for answer in answers} == {str(in_force().conceal_ms)}
    found = post(dana, {"query": "{ currentUser { id } }"})
    assert CONCEAL_HEADER not in found


def test_others_todo_items_are_not_there(dana: Program, rita: Program, theirs: Issue) -> None:
    asked = "query ($id: TodoID!) { todo(id: $id) { id } }"
    todo = theirs.todos.get()
    assert ask(dana, asked, id=gid(todo)) == {"todo": None}
    assert ask(rita, asked, "/api/organizations/rivals/graphql", id=gid(todo)) == {"todo": {"id": gid(todo)}}


def test_an_address_is_there_for_those_who_belong_to_the_organization(
    rita: Program, visitor: Program, dana: Program, project: Project
) -> None:
    sent = {"query": "{ projects { count } }"}
    absent = post(rita, sent, ABSENT)
    assert absent.status_code == 404
    for program in (rita, visitor):
        refused = post(program, sent)
        assert (refused.status_code, refused.content) == (404, absent.content)


def test_the_global_address_is_of_gitlab_com_public(
    leo: Program, visitor: Program, open_group: Namespace, project: Project
) -> None:
    create_project(open_group, "door", name="Door", visibility="public")
    for program in (leo, visitor):
        assert ask(program, "{ projects { nodes { fullPath } } }", PUBLIC)["projects"]["nodes"] == [
            {"fullPath": "open/door"}
        ]
    assert ask(leo, "{ organization { path } }", PUBLIC)["organization"]["path"] == "gitlab-com-public"
    assert ask(visitor, "{ organization { path } }", PUBLIC) == {"organization": None}
    assert open_group.organization_id == GITLAB_COM_PUBLIC


def test_a_deleted_account(dana: Program, mel: Program, issue: Issue) -> None:
    assert mel.user
    Issue.objects.filter(pk=issue.pk).update(author_id=999_999_999)
    asked = '{ project(fullPath: "tools/hammer") { issue(iid: "1") { author { id } } } }'
    assert ask(dana, asked) == {"project": {"issue": {"author": None}}}
    assert errors(dana, "{ currentUser }")
