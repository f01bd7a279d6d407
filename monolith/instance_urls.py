"""What belongs to a GitLab installation: the registry, uploads, pages below `/-/`."""

from __future__ import annotations

from monolith.routing import by_namespace_id, by_project_id
from routing.declare import (
    Patterns,
    any_pod,
    by_birth,
    by_namespace,
    exact,
    gitlab_com_public,
    prefix,
    prefixes,
    route,
    routes,
)
from routing.views import not_built

REGISTRY: Patterns = [
    route("v2", not_built, any_pod()),
    *exact("v2/_catalog", gitlab_com_public()),
    *prefix("v2/<name:name>", by_namespace("name")),
    *prefix("jwt", gitlab_com_public()),
]

UPLOADS: Patterns = [
    *prefix("uploads/-/system/project/avatar/<segment:id>", by_project_id("id")),
    *prefix("uploads/-/system/group/avatar/<segment:id>", by_namespace_id("id")),
    *prefix("uploads/-/system/namespace/avatar/<segment:id>", by_namespace_id("id")),
    *prefix("uploads/-/system/personal_snippet/<segment:id>", by_birth("id")),
    *prefix("uploads/-/system/note/attachment/<segment:id>", by_birth("id")),
    *prefix("uploads/-/system/temp", gitlab_com_public()),
    *prefix("uploads/-/system/appearance", gitlab_com_public()),
    *prefix("uploads/-/system/projects/topic", gitlab_com_public()),
    *prefix("uploads/-/system/user", any_pod()),
    route("uploads/<segment:model>", not_built, gitlab_com_public()),
    *prefix("uploads/personal_snippet/<segment:id>", by_birth("id")),
    *prefix("files/note/<segment:id>", by_birth("id")),
]

INSTANCE_PAGES: Patterns = [
    *prefix("-/ide/project/<name:name>", by_namespace("name")),
    *prefix("-/ide/oauth_redirect", gitlab_com_public()),
    route("-/ide", not_built, gitlab_com_public()),
    *prefixes(
        """
            abuse_reports acme-challenge attempts autocomplete banned cable chaos collect_events csp experiment
            external_redirect feedback g instance_statistics jira_connect jira jwks kubernetes mailgun
            merge_requests operations push_from_secondary remote_development runner_setup saml security
            sent_notifications slack subscriptions timelogs trial_registrations trials web-hooks
        """,
        gitlab_com_public(),
        below="-/",
    ),
    *routes("sitemap.xml.gz sitemap.xml sitemap", gitlab_com_public()),
]

urlpatterns = [*REGISTRY, *UPLOADS, *INSTANCE_PAGES]
