"""The main pages: whose they are, where, and under which name their screenshot is in the docs."""

from __future__ import annotations

from typing import NamedTuple


class MainPage(NamedTuple):
    """A page that everybody meets."""

    name: str
    username: str
    path: str
    status: int = 200


MAIN_PAGES = (
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
    MainPage("not-found", "mia", "/no-such-company/no-such-project", 404),
)
