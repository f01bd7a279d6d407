"""Organizations: each on its own pod; their list and their creation belong to GitLab.com Public."""

from __future__ import annotations

from organizations.members import urls as members
from organizations.members.views import mine
from organizations.members.views.sign_up import sign_up
from organizations.preferences import preferences
from routing.declare import Patterns, by_organization, exact, fixed_to_region, gitlab_com_public, prefix, route
from routing.views import not_built

urlpatterns: Patterns = [
    route("users/sign_up", sign_up, fixed_to_region(), name="sign-up"),
    route("-/profile/preferences", preferences, fixed_to_region(), name="preferences"),
    *members.GLOBAL,
    *exact("organizations/-", gitlab_com_public()),
    route("-/organizations", not_built, gitlab_com_public()),
    *exact("-/organizations/new", gitlab_com_public()),
    *exact("-/organizations/preview_markdown", gitlab_com_public()),
    *exact("api/organizations/new", gitlab_com_public()),
]
# An application includes these after its own pages of organizations: the last patterns take every path that is left.
KEYED: Patterns = [
    *members.KEYED,
    *prefix("organizations/<segment:path>", by_organization("path"), mine.enter, name="organization"),
    *prefix("-/organizations/<segment:path>", by_organization("path")),
    *prefix("api/organizations/<segment:path>", by_organization("path")),
]
