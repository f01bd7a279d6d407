"""The API, below `/api`: by id, by escaped path, or global, which means GitLab.com Public."""

from __future__ import annotations

from admin_area.cluster.api import ClusterView
from pods.api_schema import LearnView, SchemaDocument, SchemaPage
from projects.api import urls as projects
from routing.declare import (
    Patterns,
    any_pod,
    by_birth,
    by_project_id,
    exact,
    fixed_to_legacy_pod,
    gitlab_com_public,
    global_page,
    prefix,
    prefixes,
    route,
    routes,
)
from routing.views import not_built
from users.api.user import CurrentUserView


def _global(path: str, *beside_a_key: str) -> Patterns:
    """A list or a creation at `path`, and the words below it that are no key."""
    words = [each for word in beside_a_key for each in exact(f"{path}/{word}", global_page())]
    return [route(path, not_built, global_page()), *words]


PODS: Patterns = [
    route("v4/pods/learn", LearnView.as_view(), any_pod(), name="learn"),
    route("v4/admin/cluster", ClusterView.as_view(), fixed_to_legacy_pod(), name="cluster"),
    route("v4/openapi.json", SchemaDocument.as_view(), any_pod(), name="openapi"),
    route("v4/openapi", SchemaPage.as_view(url_name="openapi"), any_pod(), name="openapi-page"),
]

KEYED: Patterns = [
    *projects.urlpatterns,
    *prefix("v4/feature_flags/unleash/<segment:project_id>", by_project_id("project_id")),
]

BORN: Patterns = [
    *_global("v4/jobs", "request"),
    *prefix("v4/jobs/<segment:id>", by_birth("id")),
    *_global("v4/runners", "all", "verify", "reset_registration_token", "reset_authentication_token", "router"),
    *prefix("v4/runners/<segment:id>", by_birth("id")),
    *_global("v4/snippets", "all", "public"),
    *prefix("v4/snippets/<segment:id>", by_birth("id")),
    *_global("v4/bulk_imports", "entities"),
    *prefix("v4/bulk_imports/<segment:id>", by_birth("id")),
    *_global("v4/deploy_keys"),
    *prefix("v4/deploy_keys/<segment:id>", by_birth("id")),
    *_global("v4/topics", "merge"),
    *prefix("v4/topics/<segment:id>", by_birth("id")),
    *_global("v4/notes"),
    *prefix("v4/notes/<segment:id>", by_birth("id")),
]

SHARED: Patterns = [
    route("v4/user", CurrentUserView.as_view(), any_pod(), name="current-user"),
    *routes(
        """
            v4/version v4/metadata v4/users v4/keys v4/personal_access_tokens
            v4/personal_access_tokens/self v4/personal_access_tokens/<segment:id> v4/user/<segment:page>
            v4/user/<segment:page>/<rest:rest> v4/users/<segment:id> v4/keys/<segment:id>
        """,
        any_pod(),
    ),
    # What a person has done lies with GitLab.com Public, what they are is shared.
    *routes(
        "projects contributed_projects starred_projects events associations_count memberships",
        gitlab_com_public(),
        below="v4/users/<segment:id>/",
    ),
    route("v4/users/<segment:id>/<segment:page>", not_built, any_pod()),
    route("v4/users/<segment:id>/<segment:page>/<rest:rest>", not_built, any_pod()),
    *prefix("v4/templates", any_pod()),
    *prefix("v4/broadcast_messages", any_pod()),
    route("v4/avatar", not_built, any_pod()),
    route("v4/markdown", not_built, gitlab_com_public()),
]

GLOBAL: Patterns = [
    *prefixes(
        "composer conan debian generic go helm maven npm nuget pypi rubygems terraform",
        gitlab_com_public(),
        below="v4/packages/",
    ),
    *prefixes(
        """
            admin application applications audit_events ci code_suggestions container_registry_event
            dependency_proxy elasticsearch_indexed_namespaces error_tracking events feature_flags/definitions
            features geo geo_nodes hooks import integrations internal issues_statistics ldap license licenses
            monitoring pages plan_limits scim search service_accounts service_ping sidekiq slack suggestions
            usage_data virtual_registries web_commits
        """,
        gitlab_com_public(),
        below="v4/",
    ),
    *routes(
        """
            graphql v4/ai/duo_workflows/ws v4/ai/duo_workflows/workflows v4/ai/duo_workflows/direct_access
            v4/ai/duo_workflows/workflows/<segment:id> v4/ai/duo_workflows/workflows/<segment:id>/<segment:page>
            v4/ai/third_party_agents/direct_access v4/ai/llm/git_command v4/chat/completions v4/chat/agentic
            v4/deploy_tokens v4/epics v4/iterations v4/job v4/job/allowed_agents v4/mcp v4/pipelines
            v4/project_aliases v4/project_aliases/<segment:name> v4/project_repository_storage_moves
            v4/snippet_repository_storage_moves v4/group_repository_storage_moves v4/security/vulnerabilities
        """,
        gitlab_com_public(),
    ),
]

urlpatterns = [*PODS, *KEYED, *BORN, *SHARED, *GLOBAL]
