"""What belongs to a GitLab installation: the registry, uploads, pages below `/-/`."""

from __future__ import annotations

from monolith.graphql.explorer import explorer
from monolith.routing import by_namespace_id, by_project_id
from routing.declare import (
    Patterns,
    any_pod,
    by_birth,
    by_namespace,
    by_organization_id,
    exact,
    gitlab_com_public,
    global_page,
    nobody,
    prefix,
    prefixes,
    route,
    routes,
)
from routing.views import not_built

REGISTRY: Patterns = [
    route("v2", not_built, any_pod()),
    *exact("v2/_catalog", gitlab_com_public()),
    *prefix("v2/virtual_registries/container/<segment:id>", by_birth("id")),
    *exact("v2/virtual_registries", nobody()),
    *prefix("v2/<name:name>", by_namespace("name")),
    *prefix("jwt", gitlab_com_public()),
]

UPLOADS: Patterns = [
    *prefix("uploads/-/system/project/avatar/<segment:id>", by_project_id("id")),
    *prefix("uploads/-/system/group/avatar/<segment:id>", by_namespace_id("id")),
    *prefix("uploads/-/system/namespace/avatar/<segment:id>", by_namespace_id("id")),
    *prefix("uploads/-/system/organizations/organization_detail/avatar/<segment:id>", by_organization_id("id")),
    *[
        pattern
        for model in [
            "abuse_report/screenshot",
            "achievements/achievement/avatar",
            "alert_management_metric_image/file",
            "issuable_metric_image/file",
            "personal_snippet",
            "projects/topic/avatar",
        ]
        for pattern in prefix(f"uploads/-/system/{model}/<segment:id>", by_birth("id"))
    ],
    *prefix("uploads/-/system/note/attachment/<segment:id>", by_birth("id", "work.Note")),
    *prefix("uploads/-/system/temp", gitlab_com_public()),
    *prefix("uploads/-/system/appearance", gitlab_com_public()),
    *prefix("uploads/-/system/user", any_pod()),
    route("uploads/<segment:model>", not_built, gitlab_com_public()),
    route("uploads/<segment:model>/authorize", not_built, gitlab_com_public()),
    *prefix("uploads/personal_snippet/<segment:id>", by_birth("id")),
    *prefix("files/note/<segment:id>", by_birth("id", "work.Note")),
]

SHORT_LINKS: Patterns = [
    *prefix("-/project/<segment:id>", by_project_id("id")),
    *prefix("-/p/<segment:id>", by_project_id("id")),
    *prefix("-/group/<segment:id>", by_namespace_id("id")),
    *prefix("-/g/<segment:id>", by_namespace_id("id")),
    *prefix("-/namespace/<segment:id>", by_namespace_id("id")),
    *prefix("-/u", any_pod()),
    *prefix("s/<name:username>", by_namespace("username")),
    route("s", not_built, global_page()),
]

INTEGRATIONS: Patterns = [
    # Jira asks for <top-level name>/<project>, or for <top-level name>/<full path with @ for each slash>.
    *prefix("-/jira/<name:name>", by_namespace("name")),
    route("-/jira", not_built, gitlab_com_public()),
    *prefix("-/jira_connect/subscriptions/<segment:id>", by_birth("id")),
    *prefixes(
        """
            app_descriptor branches events installations oauth_application_id oauth_callbacks public_keys repositories
            users workspaces
        """,
        gitlab_com_public(),
        below="-/jira_connect/",
    ),
    *routes("-/jira_connect -/jira_connect/subscriptions", gitlab_com_public()),
    *prefix("-/kubernetes/<segment:agent_id>", by_birth("agent_id")),
    route("-/kubernetes", not_built, gitlab_com_public()),
    *prefix("-/subscriptions/groups/<segment:id>", by_namespace_id("id")),
    *prefix("-/subscriptions/new", gitlab_com_public()),
    route("-/subscriptions", not_built, gitlab_com_public()),
    # Git of a Geo secondary.
    *prefix("-/push_from_secondary/<segment:node>/<name:name>", by_namespace("name")),
    *prefix("-/from_secondary/<segment:node>/<name:name>", by_namespace("name")),
]

INSTANCE_PAGES: Patterns = [
    route("-/graphql-explorer", explorer, any_pod(), name="graphql-explorer"),
    *prefix("-/ide/project/<name:name>", by_namespace("name")),
    route("-/ide/project", not_built, gitlab_com_public()),
    *prefix("-/ide/oauth_redirect", gitlab_com_public()),
    *prefix("-/ide/reset_oauth_application_settings", gitlab_com_public()),
    *prefix("-/ide/remote", gitlab_com_public()),
    route("-/ide", not_built, gitlab_com_public()),
    *prefixes(
        """
            abuse_reports acme-challenge arkose attempts autocomplete awarded_achievements banned cable chaos
            collect_events countries country_states csp customers_dot diagram-proxy experiment experimental
            external_redirect feedback gitlab_subscriptions google_api iam instance_statistics jwks mailgun members
            merge_requests operations peek remote_development runner_setup saml security sent_notifications slack
            timelogs track_namespace_visits trial_registrations trials web-hooks
        """,
        gitlab_com_public(),
        below="-/",
    ),
    *routes("sitemap.xml.gz sitemap.xml sitemap", gitlab_com_public()),
]

urlpatterns = [*REGISTRY, *UPLOADS, *SHORT_LINKS, *INTEGRATIONS, *INSTANCE_PAGES]
