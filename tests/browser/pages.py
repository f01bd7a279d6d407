"""The main pages: whose they are, where, and under which name their screenshot is in the docs."""

from __future__ import annotations

from typing import NamedTuple


class MainPage(NamedTuple):
    """A page that everybody meets."""

    name: str
    username: str
    path: str
    status: int = 200
    is_pictured_whole: bool = False
    """Not only what a screen shows at once."""


MAIN_PAGES = (
    MainPage("front", "", "/"),
    MainPage("explore", "", "/explore"),
    MainPage("sign-in", "", "/users/sign_in"),
    MainPage("sign-out", "mia", "/users/sign_out"),
    MainPage("dashboard", "team-member", "/dashboard"),
    MainPage("organization-dashboard", "mia", "/organizations/my-organization/-/dashboard"),
    MainPage("group", "mia", "/my-company"),
    MainPage("empty-group", "mia", "/my-company/team"),
    MainPage("project", "mia", "/my-company/my-project"),
    MainPage("issues", "mia", "/my-company/my-project/-/issues"),
    MainPage("issue", "mia", "/my-company/my-project/-/issues/1"),
    MainPage("another-organization", "mia", "/gitlab-org/gitlab"),
    MainPage("public-project", "", "/gitlab-org/gitlab"),
    MainPage("merge-request", "mia", "/my-company/my-project/-/merge_requests/1"),
    MainPage("new-issue", "mia", "/my-company/my-project/-/issues/new"),
    MainPage("delete-issue", "mia", "/my-company/my-project/-/issues/1/delete"),
    MainPage("delete-merge-request", "mia", "/my-company/my-project/-/merge_requests/1/delete"),
    MainPage("edit-group", "mia", "/my-company/-/edit"),
    MainPage("group-members", "mia", "/my-company/-/members"),
    MainPage("new-group", "mia", "/organizations/my-organization/-/groups/new"),
    MainPage("todos", "mia", "/organizations/my-organization/-/todos"),
    MainPage("search", "mia", "/organizations/my-organization/-/search?search=project"),
    MainPage("search-everywhere", "team-member", "/-/search?search=project"),
    MainPage("members", "mia", "/organizations/my-organization/-/members"),
    MainPage("organization-settings", "mia", "/organizations/my-organization/-/settings"),
    MainPage("organizations", "mia", "/organizations"),
    MainPage("new-organization", "newcomer", "/organizations/new"),
    MainPage("sign-up", "", "/users/sign_up"),
    MainPage("profile", "mia", "/-/profile"),
    MainPage("preferences", "mia", "/-/profile/preferences"),
    MainPage("sessions", "mia", "/-/profile/sessions"),
    MainPage("access-tokens", "mia", "/-/profile/personal_access_tokens"),
    MainPage("admin-area", "root", "/admin"),
    MainPage("admin-users", "root", "/admin/users"),
    MainPage("admin-names", "root", "/admin/names?kind=reserved"),
    MainPage("admin-reserve-a-name", "root", "/admin/names/reserve"),
    MainPage("admin-settings", "root", "/admin/settings"),
    MainPage("admin-setting-on-pods", "root", "/admin/settings/search_address", is_pictured_whole=True),
    MainPage("admin-projects-of-a-pod", "root", "/admin/pods/pod_us1/projects"),
    MainPage("admin-pod", "root", "/admin/pods/pod_eu0"),
    MainPage("cluster", "root", "/admin/cluster", is_pictured_whole=True),
    MainPage("forbidden", "max", "/my-company/-/edit", 403),
    MainPage("not-found", "mia", "/no-such-company/no-such-project", 404),
)
