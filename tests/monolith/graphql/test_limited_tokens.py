"""A token that is limited to one organization asks nothing of others in GraphQL, not even what is public."""

from __future__ import annotations

import pytest

from monolith.graphql.gid import gid
from monolith.namespaces.models import Project
from monolith.work.issuables import comment, open_issuable, remind
from monolith.work.models import Issue
from organizations.models import Organization
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program
from tests.monolith.api.test_limited_tokens import both, limited, open_project, theirs
from tests.monolith.graphql.conftest import ABSENT, ADDRESS, ask, errors, post
from users.models import User

__all__ = ["both", "open_project", "theirs"]

pytestmark = pytest.mark.django_db(databases=ALIASES)

GLOBAL, RIVALS, PUBLIC = (
    "/api/graphql",
    "/api/organizations/rivals/graphql",
    "/api/organizations/gitlab-com-public/graphql",
)
SMALL = {"query": "{ __typename }"}


def test_the_global_address_is_of_its_organization(both: User, acme: Organization, rivals: Organization) -> None:
    asked = "{ organization { path } }"
    for organization in (acme, rivals):
        program = limited(both, organization)
        assert ask(program, asked, GLOBAL) == {"organization": {"path": organization.path}}
    # Without a limit, it is the default organization.
    assert ask(Program(both), asked, GLOBAL) == {"organization": {"path": "acme"}}


def test_the_address_of_another_organization_is_as_if_absent(
    both: User, acme: Organization, theirs: Project, open_project: Project
) -> None:
    program = limited(both, acme)
    assert post(Program(both), SMALL, RIVALS).status_code == 200
    assert post(program, SMALL, ADDRESS).status_code == 200
    absent = post(program, SMALL, ABSENT)
    assert absent.status_code == 404
    for other in (RIVALS, PUBLIC):
        refused = post(program, SMALL, other)
        assert (refused.status_code, refused.content) == (404, absent.content)


def test_what_it_names_of_others_is_null_and_not_changed(
    both: User, acme: Organization, project: Project, theirs: Project, open_project: Project
) -> None:
    program = limited(both, acme)
    for other in (theirs, open_project):
        issue = open_issuable(Issue, other, both, title="Theirs", assignee_id=both.pk)
        note, todo = comment(issue, both, "Theirs"), remind(issue, both)
        asked = f"""{{
            project(fullPath: "{other.full_path}") {{ id }} group(fullPath: "{other.namespace.full_path}") {{ id }}
            issue(id: "{gid(issue)}") {{ id }} note(id: "{gid(note)}") {{ id }} todo(id: "{gid(todo)}") {{ id }}
            issues {{ count }} projects {{ nodes {{ path }} }} currentUser {{ todos {{ count }} }}
        }}"""
        for address in (ADDRESS, GLOBAL):
            assert ask(program, asked, address) == {
                **dict.fromkeys(("project", "group", "issue", "note", "todo")),
                "issues": {"count": 0},
                "projects": {"nodes": [{"path": "hammer"}]},
                "currentUser": {"todos": {"count": 0}},
            }
        for change in (
            f'createIssue(input: {{projectPath: "{other.full_path}", title: "x"}})',
            f'createNote(input: {{noteableId: "{gid(issue)}", body: "x"}})',
            f'destroyNote(input: {{id: "{gid(note)}"}})',
            f'todoMarkDone(input: {{id: "{gid(todo)}"}})',
            f'todoCreate(input: {{targetId: "{gid(issue)}"}})',
        ):
            [said] = errors(program, f"mutation {{ {change} {{ errors }} }}", GLOBAL)
            assert said.startswith("The resource does not exist, or you do not have permission")
        todo.refresh_from_db()
        assert todo.state == "pending"
        assert issue.notes.count() == 1
        assert other.issues.count() == 1
