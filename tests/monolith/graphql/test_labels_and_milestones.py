"""Labels, milestones and archived projects, with GitLab's names."""

from __future__ import annotations

from datetime import date

import pytest

from monolith.graphql.gid import gid
from monolith.namespaces.models import Project
from monolith.work.issuables import change
from monolith.work.labels import labels_named
from monolith.work.models import Issue, MergeRequest, Milestone
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import ask, errors

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture
def milestone(project: Project) -> Milestone:
    return Milestone.objects.create(
        organization_id=project.organization_id, project=project, iid=1, title="Soon", due_date=date(2020, 2, 29)
    )


def test_what_issues_and_merge_requests_have(
    dana: Program, issue: Issue, merge_request: MergeRequest, milestone: Milestone
) -> None:
    assert dana.user
    bug, later = labels_named(issue.project, ["bug", "later"])
    change(issue, dana.user, labels=[later, bug], milestone_id=milestone.pk)
    change(merge_request, dana.user, labels=[bug])
    asked = """{ project(fullPath: "tools/hammer") {
        labels { count nodes { id title color description } } milestones { nodes { id iid title } }
        issues { nodes {
            labels(first: 1) { count nodes { title } pageInfo { hasNextPage } }
            milestone { id iid title description state startDate dueDate expired } closedAt
        } }
        mergeRequests { nodes { labels { nodes { title } } milestone { id } } }
    } }"""
    shown = {"id": gid(milestone), "iid": "1", "title": "Soon"}
    assert ask(dana, asked)["project"] == {
        "labels": {
            "count": 2,
            "nodes": [
                {
                    "id": f"gid://gitlab/ProjectLabel/{each.pk}",
                    "title": each.name,
                    "color": "#428BCA",
                    "description": "",
                }
                for each in (bug, later)
            ],
        },
        "milestones": {"nodes": [shown]},
        "issues": {
            "nodes": [
                {
                    "labels": {"count": 2, "nodes": [{"title": "bug"}], "pageInfo": {"hasNextPage": True}},
                    "milestone": {
                        **shown,
                        "description": "",
                        "state": "active",
                        "startDate": None,
                        "dueDate": "2020-02-29",
                        "expired": True,
                    },
                    "closedAt": None,
                }
            ]
        },
        "mergeRequests": {"nodes": [{"labels": {"nodes": [{"title": "bug"}]}, "milestone": None}]},
    }


def test_what_is_in_an_archived_project_is_only_read(dana: Program, issue: Issue) -> None:
    note = issue.notes.get()
    Project.objects.filter(pk=issue.project_id).update(archived=True)
    asked = '{ project(fullPath: "tools/hammer") { archived issues { count } } }'
    assert ask(dana, asked) == {"project": {"archived": True, "issues": {"count": 1}}}
    for each in (
        'createIssue(input: {projectPath: "tools/hammer", title: "x"})',
        'updateIssue(input: {projectPath: "tools/hammer", iid: "1", title: "x"})',
        f'createNote(input: {{noteableId: "{gid(issue)}", body: "x"}})',
        f'updateNote(input: {{id: "{gid(note)}", body: "x"}})',
        f'destroyNote(input: {{id: "{gid(note)}"}})',
        f'todoCreate(input: {{targetId: "{gid(issue)}"}})',
    ):
        [said] = errors(dana, f"mutation {{ {each} {{ errors }} }}")
        assert said.startswith("The resource does not exist, or you do not have permission")
    issue.refresh_from_db()
    assert (issue.title, issue.notes.get().text) == ("Broken", "Indeed.")
