"""Organizations: each on its own pod; their list and their making belong to GitLab.com Public."""

from __future__ import annotations

from routing.declare import Patterns, by_organization, exact, gitlab_com_public, prefix, route
from routing.views import not_built

GLOBAL: Patterns = [
    route("organizations", not_built, gitlab_com_public()),
    *exact("organizations/-", gitlab_com_public()),
    route("-/organizations", not_built, gitlab_com_public()),
    *exact("-/organizations/new", gitlab_com_public()),
    *exact("-/organizations/preview_markdown", gitlab_com_public()),
    *exact("api/organizations/new", gitlab_com_public()),
]
# The pages of an organization stand between these two in the root URL configuration.
KEYED: Patterns = [
    *prefix("organizations/<segment:path>", by_organization("path")),
    *prefix("-/organizations/<segment:path>", by_organization("path")),
    *prefix("api/organizations/<segment:path>", by_organization("path")),
]
