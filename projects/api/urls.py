"""The API about what an organization works with, below `/api`; all by id or by escaped path.

A global address means GitLab.com Public; its sibling below `/organizations/<id>` is the same for an organization,
and people whose home that is are sent there.
"""

from __future__ import annotations

from projects.api import groups, issuables, members, notes, organizations, projects, todos
from routing.declare import (
    Patterns,
    View,
    by_birth,
    by_namespace_id,
    by_organization_id,
    by_project_id,
    exact,
    gitlab_com_public,
    global_page,
    prefix,
    route,
)
from routing.views import not_built

_SCOPED: tuple[tuple[str, View], ...] = (
    ("projects", projects.ProjectListView.as_view()),
    ("groups", groups.GroupListView.as_view()),
    ("namespaces", groups.NamespaceListView.as_view()),
    ("issues", issuables.IssuesView.as_view()),
    ("merge_requests", issuables.MergeRequestsView.as_view()),
    ("todos", todos.TodosView.as_view()),
    ("todos/mark_as_done", todos.TodosDoneView.as_view()),
)
_VIEWS = dict(_SCOPED)


def _global(path: str, *beside_a_key: str) -> Patterns:
    """A list or a creation at `path`, and the words below it that are no key."""
    words = [
        each
        for word in beside_a_key
        for each in exact(f"v4/{path}/{word}", global_page(), _VIEWS.get(f"{path}/{word}", not_built))
    ]
    return [route(f"v4/{path}", _VIEWS.get(path, not_built), global_page()), *words]


def _of_project(below: str, view: View) -> Patterns:
    return [route(f"v4/projects/<segment:id>/{below}", view, by_project_id("id"))]


def _of_group(below: str, view: View) -> Patterns:
    return [route(f"v4/groups/<segment:id>/{below}", view, by_namespace_id("id"))]


PROJECTS: Patterns = [
    *_global("projects", "import", "import-relation", "remote-import", "remote-import-s3", "user"),
    *_of_project("transfer", projects.ProjectTransferView.as_view()),
    *_of_project("issues", issuables.ProjectIssuesView.as_view()),
    *_of_project("issues/<segment:iid>", issuables.IssueView.as_view()),
    *_of_project("issues/<segment:iid>/todo", issuables.IssueTodoView.as_view()),
    *_of_project("issues/<segment:iid>/notes", notes.IssueNotesView.as_view()),
    *_of_project("issues/<segment:iid>/notes/<segment:note>", notes.IssueNoteView.as_view()),
    *_of_project("merge_requests", issuables.ProjectMergeRequestsView.as_view()),
    *_of_project("merge_requests/<segment:iid>", issuables.MergeRequestView.as_view()),
    *_of_project("merge_requests/<segment:iid>/todo", issuables.MergeRequestTodoView.as_view()),
    *_of_project("merge_requests/<segment:iid>/notes", notes.MergeRequestNotesView.as_view()),
    *_of_project("merge_requests/<segment:iid>/notes/<segment:note>", notes.MergeRequestNoteView.as_view()),
    *_of_project("members", members.ProjectMembersView.as_view()),
    *_of_project("members/all", members.ProjectAllMembersView.as_view()),
    *_of_project("members/<segment:user_id>", members.ProjectMemberView.as_view()),
    *prefix("v4/projects/<segment:id>", by_project_id("id"), projects.ProjectView.as_view()),
]

GROUPS: Patterns = [
    *_global("groups", "import"),
    *_of_group("transfer", groups.GroupTransferView.as_view()),
    *_of_group("projects", groups.GroupProjectsView.as_view()),
    *_of_group("subgroups", groups.SubgroupsView.as_view()),
    *_of_group("members", members.GroupMembersView.as_view()),
    *_of_group("members/all", members.GroupAllMembersView.as_view()),
    *_of_group("members/<segment:user_id>", members.GroupMemberView.as_view()),
    *prefix("v4/groups/<segment:id>", by_namespace_id("id"), groups.GroupView.as_view()),
    *_global("namespaces", "storage"),
    *prefix("v4/namespaces/<segment:id>", by_namespace_id("id"), groups.NamespaceView.as_view()),
]

ORGANIZATIONS: Patterns = [
    # Routed by GitLab.com Public like the rest, but it is no one organization's.
    route("v4/organizations", not_built, gitlab_com_public()),
    *[route(f"v4/organizations/<segment:id>/{page}", view, by_organization_id("id")) for page, view in _SCOPED],
    *prefix("v4/organizations/<segment:id>", by_organization_id("id"), organizations.OrganizationView.as_view()),
]

BORN: Patterns = [
    *_global("issues"),
    *prefix("v4/issues/<segment:id>", by_birth("id")),
    *_global("merge_requests"),
    *prefix("v4/merge_requests/<segment:id>", by_birth("id")),
    *_global("todos", "mark_as_done"),
    route("v4/todos/<segment:id>/mark_as_done", todos.TodoDoneView.as_view(), by_birth("id")),
    *prefix("v4/todos/<segment:id>", by_birth("id")),
]

urlpatterns: Patterns = [*PROJECTS, *GROUPS, *ORGANIZATIONS, *BORN]
