"""The application's API, below `/api`: by id, by escaped path, or without a key, which means the caller's organization.

The sibling of an address without a key, below `/organizations/<id>`, is the same for an organization by its name.
"""

from __future__ import annotations

from collections.abc import Callable

from monolith.graphql.view import GraphQLView
from monolith.namespaces.api import groups, marks, members, organizations, projects, users, version
from monolith.routing import by_namespace_id, by_project_id
from monolith.work.api import discussions, events, issuables, labels, milestones, notes, search, subscriptions, todos
from routing.declare import (
    Patterns,
    View,
    any_pod,
    by_birth,
    by_credential,
    by_organization_id,
    exact,
    gitlab_com_public,
    prefix,
    prefixes,
    route,
    routes,
)
from routing.views import not_built

_SCOPED: tuple[tuple[str, View], ...] = (
    ("projects", projects.ProjectListView.as_view()),
    ("groups", groups.GroupListView.as_view()),
    ("namespaces", groups.NamespaceListView.as_view()),
    ("issues", issuables.IssuablesView.as_view(kind=issuables.ISSUES)),
    ("merge_requests", issuables.IssuablesView.as_view(kind=issuables.MERGE_REQUESTS)),
    ("events", events.EventsView.as_view()),
    ("search", search.SearchView.as_view()),
    ("todos", todos.TodosView.as_view()),
    ("todos/mark_as_done", todos.TodosDoneView.as_view()),
)
_VIEWS = dict(_SCOPED)


def _listed(path: str, *beside_a_key: str) -> Patterns:
    """A list or a creation at `path`, and the words below it that are no key."""
    words = [
        each
        for word in beside_a_key
        for each in exact(f"v4/{path}/{word}", by_credential(), _VIEWS.get(f"{path}/{word}", not_built))
    ]
    return [route(f"v4/{path}", _VIEWS.get(path, not_built), by_credential()), *words]


def _of_project(below: str, view: View) -> Patterns:
    return [route(f"v4/projects/<segment:id>/{below}", view, by_project_id("id"))]


def _of_group(below: str, view: View) -> Patterns:
    return [route(f"v4/groups/<segment:id>/{below}", view, by_namespace_id("id"))]


def _issuables(segment: str, kind: issuables.Kind) -> Patterns:
    one = f"{segment}/<segment:iid>"
    return [
        *_of_project(segment, issuables.ProjectIssuablesView.as_view(kind=kind)),
        *_of_project(one, issuables.IssuableView.as_view(kind=kind)),
        *_of_project(f"{one}/todo", issuables.IssuableTodoView.as_view(kind=kind)),
        *_of_project(f"{one}/subscribe", subscriptions.SubscriptionView.as_view(about=kind.model, subscribed=True)),
        *_of_project(f"{one}/unsubscribe", subscriptions.SubscriptionView.as_view(about=kind.model, subscribed=False)),
        *_of_project(f"{one}/discussions", discussions.DiscussionsView.as_view(about=kind.model)),
        *_of_project(f"{one}/discussions/<segment:discussion>", discussions.DiscussionView.as_view(about=kind.model)),
        *_of_project(
            f"{one}/discussions/<segment:discussion>/notes",
            discussions.DiscussionNotesView.as_view(about=kind.model),
        ),
        *_of_project(
            f"{one}/discussions/<segment:discussion>/notes/<segment:note>",
            discussions.DiscussionNoteView.as_view(about=kind.model),
        ),
        *_of_project(f"{one}/notes", notes.NotesView.as_view(about=kind.model)),
        *_of_project(f"{one}/notes/<segment:note>", notes.NoteView.as_view(about=kind.model)),
    ]


def _members(below: Callable[[str, View], Patterns], of_project: bool) -> Patterns:
    return [
        *below("members", members.MembersView.as_view(of_project=of_project)),
        *below("members/all", members.AllMembersView.as_view(of_project=of_project)),
        *below("members/all/<segment:user_id>", members.AnyMemberView.as_view(of_project=of_project)),
        *below("members/<segment:user_id>", members.MemberView.as_view(of_project=of_project)),
    ]


PROJECTS: Patterns = [
    *_listed(
        "projects",
        *("import/authorize", "import", "import-relation/authorize", "import-relation"),
        *("remote-import", "remote-import-s3", "user/<segment:user_id>", "user"),
    ),
    *_of_project("transfer", projects.ProjectTransferView.as_view()),
    *_of_project("archive", marks.ArchiveView.as_view(archived=True)),
    *_of_project("unarchive", marks.ArchiveView.as_view(archived=False)),
    *_of_project("star", marks.StarView.as_view(starred=True)),
    *_of_project("unstar", marks.StarView.as_view(starred=False)),
    *_of_project("labels", labels.LabelsView.as_view()),
    *_of_project("labels/<segment:label>", labels.LabelView.as_view()),
    *_of_project("milestones", milestones.MilestonesView.as_view()),
    *_of_project("milestones/<segment:milestone>", milestones.MilestoneView.as_view()),
    *_of_project("milestones/<segment:milestone>/issues", milestones.MilestoneIssuesView.as_view()),
    *_of_project("milestones/<segment:milestone>/merge_requests", milestones.MilestoneMergeRequestsView.as_view()),
    *_of_project("events", events.ProjectEventsView.as_view()),
    *_of_project("search", search.ProjectSearchView.as_view()),
    *_issuables("issues", issuables.ISSUES),
    *_issuables("merge_requests", issuables.MERGE_REQUESTS),
    *_members(_of_project, of_project=True),
    *prefix("v4/projects/<segment:id>", by_project_id("id"), projects.ProjectView.as_view()),
]

GROUPS: Patterns = [
    *_listed("groups", "import/authorize", "import"),
    *_of_group("transfer", groups.GroupTransferView.as_view()),
    *_of_group("projects", groups.GroupProjectsView.as_view()),
    *_of_group("subgroups", groups.SubgroupsView.as_view()),
    *_of_group("issues", issuables.GroupIssuablesView.as_view(kind=issuables.ISSUES)),
    *_of_group("merge_requests", issuables.GroupIssuablesView.as_view(kind=issuables.MERGE_REQUESTS)),
    *_of_group("search", search.GroupSearchView.as_view()),
    *_members(_of_group, of_project=False),
    *prefix("v4/groups/<segment:id>", by_namespace_id("id"), groups.GroupView.as_view()),
    # Composer packages.
    *prefix("v4/group/<segment:id>", by_namespace_id("id")),
    # Who may sign in to a group, provisioned by its identity provider.
    *prefix("scim/v2/groups/<segment:id>", by_namespace_id("id")),
    *prefix("scim/v2/application", gitlab_com_public()),
    *_listed("namespaces", "storage/limit_exclusions", "storage"),
    *prefix("v4/namespaces/<segment:id>", by_namespace_id("id"), groups.NamespaceView.as_view()),
]

ORGANIZATIONS: Patterns = [
    # Routed by GitLab.com Public like the rest, but it is no one organization's.
    route("v4/organizations", not_built, gitlab_com_public()),
    *[route(f"v4/organizations/<segment:id>/{page}", view, by_organization_id("id")) for page, view in _SCOPED],
    *prefix("v4/organizations/<segment:id>", by_organization_id("id"), organizations.OrganizationView.as_view()),
]

WORK: Patterns = [
    *_listed("issues"),
    *prefix("v4/issues/<segment:id>", by_birth("id", "work.Issue")),
    *_listed("merge_requests"),
    *prefix("v4/merge_requests/<segment:id>", by_birth("id", "work.MergeRequest")),
    *prefix("v4/events", by_credential(), _VIEWS["events"]),
    *prefix("v4/search", by_credential(), _VIEWS["search"]),
    *_listed("todos", "mark_as_done"),
    route("v4/todos/<segment:id>/mark_as_done", todos.TodoDoneView.as_view(), by_birth("id", "work.Todo")),
    *prefix("v4/todos/<segment:id>", by_birth("id", "work.Todo")),
]


KEYED: Patterns = [
    *PROJECTS,
    *GROUPS,
    *ORGANIZATIONS,
    *WORK,
    *prefix("v4/feature_flags/unleash/<segment:project_id>", by_project_id("project_id")),
    *prefix("v4/error_tracking/collector/api/<segment:project_id>", by_project_id("project_id")),
    *prefix("v4/security/projects/<segment:id>", by_project_id("id")),
    *prefix("v4/security/groups/<segment:id>", by_namespace_id("id")),
    *prefix("v4/packages/terraform/modules/v1/<segment:namespace>", by_namespace_id("namespace")),
]

_MAVEN = "v4/virtual_registries/packages/maven"

BORN: Patterns = [
    *_listed("jobs", "request"),
    *prefix("v4/jobs/<segment:id>", by_birth("id", "ci.Job")),
    *_listed(
        "runners",
        *("all", "managers", "verify", "reset_registration_token", "reset_authentication_token"),
        *("router/discovery", "router"),
    ),
    *prefix("v4/runners/<segment:id>", by_birth("id", "ci.Runner")),
    *_listed("snippets", "all", "public"),
    *prefix("v4/snippets/<segment:id>", by_birth("id")),
    *_listed("bulk_imports", "entities"),
    *prefix("v4/bulk_imports/<segment:id>", by_birth("id")),
    *_listed("deploy_keys"),
    *prefix("v4/deploy_keys/<segment:id>", by_birth("id")),
    *_listed("topics", "merge"),
    *prefix("v4/topics/<segment:id>", by_birth("id")),
    *_listed("notes"),
    *prefix("v4/notes/<segment:id>", by_birth("id", "work.Note")),
    *prefix("v4/pipelines/<segment:id>", by_birth("id", "ci.Pipeline")),
    *_listed("suggestions", "batch_apply"),
    *prefix("v4/suggestions/<segment:id>", by_birth("id")),
    *_listed("vulnerabilities"),
    *prefix("v4/vulnerabilities/<segment:id>", by_birth("id")),
    *[
        pattern
        for page in [
            "registry/repositories",
            "dependency_list_exports",
            "vulnerability_exports",
            "security/vulnerability_exports",
            "security/vulnerability_archive_exports",
        ]
        for pattern in prefix(f"v4/{page}/<segment:id>", by_birth("id"))
    ],
    *[
        pattern
        for word in ("registries", "upstreams", "registry_upstreams", "cache_entries")
        for pattern in (
            *prefix(f"{_MAVEN}/{word}/<segment:id>", by_birth("id")),
            *exact(f"{_MAVEN}/{word}", gitlab_com_public()),
        )
    ],
    *prefix(f"{_MAVEN}/<segment:id>", by_birth("id")),
]

SHARED: Patterns = [
    route("v4/version", version.VersionView.as_view(), any_pod()),
    route("v4/metadata", version.MetadataView.as_view(), any_pod()),
    route("v4/users", users.UsersView.as_view(), any_pod()),
    route("v4/users/<segment:id>", users.UserView.as_view(), any_pod()),
    *routes(
        """
            v4/keys v4/user/<segment:page> v4/user/<segment:page>/<rest:rest> v4/keys/<segment:id>
        """,
        any_pod(),
    ),
    # What a person has done is told by the caller's organization, what they are is shared.
    *routes(
        "projects contributed_projects starred_projects events associations_count memberships",
        by_credential(),
        below="v4/users/<segment:id>/",
    ),
    route("v4/users/<segment:id>/<segment:page>", not_built, any_pod()),
    route("v4/users/<segment:id>/<segment:page>/<rest:rest>", not_built, any_pod()),
    *prefix("v4/templates", any_pod()),
    *prefix("v4/broadcast_messages", any_pod()),
    route("v4/avatar", not_built, any_pod()),
    route("v4/markdown", not_built, by_credential()),
]

GLOBAL: Patterns = [
    *prefixes(
        "composer conan debian generic go helm maven npm nuget pypi rubygems",
        gitlab_com_public(),
        below="v4/packages/",
    ),
    *prefixes(
        """
            admin application applications audit_events ci code_suggestions container_registry_event
            dependency_proxy elasticsearch_indexed_namespaces feature_flags/definitions
            features geo geo_nodes hooks import integrations internal ldap license licenses
            monitoring pages plan_limits service_accounts service_ping sidekiq slack usage_data web_commits
        """,
        gitlab_com_public(),
        below="v4/",
    ),
    *prefix("v4/issues_statistics", by_credential()),
    route("graphql", GraphQLView.as_view(), by_credential(), name="graphql"),
    *routes(
        """
            v4/ai/duo_workflows/ws v4/ai/duo_workflows/workflows v4/ai/duo_workflows/direct_access
            v4/ai/duo_workflows/workflows/<segment:id> v4/ai/duo_workflows/workflows/<segment:id>/<segment:page>
            v4/ai/third_party_agents/direct_access v4/ai/llm/git_command v4/chat/completions v4/chat/agentic
            v4/deploy_tokens v4/epics v4/iterations v4/job v4/job/allowed_agents v4/mcp v4/pipelines
            v4/project_aliases v4/project_aliases/<segment:name> v4/project_repository_storage_moves
            v4/snippet_repository_storage_moves v4/group_repository_storage_moves v4/security/vulnerabilities
        """,
        gitlab_com_public(),
    ),
]

urlpatterns = [*KEYED, *BORN, *SHARED, *GLOBAL]
