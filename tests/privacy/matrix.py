"""Every page that is built, and what each kind of visitor gets of it.

`PAGES` has a row for each pattern of `manage.py routes` that a view stands
behind; a test fails on a pattern without one. Whoever is neither in `shown` nor
in `sent` gets what they would get if the thing did not exist, to the byte.

To declare a page: name the pattern as `manage.py routes` prints it, give at least
one `Page` for each visibility that the thing can have, and put the part of the
path that is the secret into `private`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PEOPLE = {
    "visitor": "",
    "stranger": "eva",
    "legacy": "newcomer",
    "guest": "team-member",
    "member": "max",
    "owner": "mia",
    "administrator": "root",
}
"""Each kind of visitor, as seen from `my-organization`, and who in the demo is one. The guest is a legacy user too."""

EVERYBODY = frozenset(PEOPLE)
SIGNED_IN = EVERYBODY - {"visitor"}
INSIDERS = frozenset({"guest", "member", "owner", "administrator"})
OWNERS = frozenset({"owner", "administrator"})
ADMINISTRATORS = frozenset({"administrator"})
NOBODY: frozenset[str] = frozenset()
LEGACY = frozenset({"legacy", "guest", "administrator"})
"""Whose default organization is GitLab.com Public."""

HOME = {
    "visitor": "/users/sign_in",
    "stranger": "/organizations/eu-makers/-/dashboard",
    "member": "/organizations/my-organization/-/dashboard",
    "owner": "/organizations/my-organization/-/dashboard",
    **dict.fromkeys(LEGACY, "/dashboard"),
}


@dataclass(frozen=True)
class Page:
    """One address, and who gets what."""

    path: str
    shown: frozenset[str] = NOBODY
    """200."""
    sent: Mapping[str, str] = field(default_factory=dict)
    """A redirect to this path."""
    private: str = ""
    """The part of the path that must not be told from an absent name."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Another status, which is told to those who may see the thing only."""


def _of_projects(below: str = "") -> list[Page]:
    """A page below a project, for a project of each visibility."""
    return [
        Page(f"/gitlab-org/gitlab{below}", EVERYBODY),
        Page(f"/my-company/my-project{below}", INSIDERS, private="my-project"),
        Page(f"/my-company/my-other-project{below}", OWNERS, private="my-other-project"),
        Page(f"/not-my-company/not-my-project{below}", ADMINISTRATORS, private="not-my-company"),
    ]


def _of_organizations(page: str, public: Page) -> list[Page]:
    """An org-scoped page that members of each role see."""
    return [
        Page(f"/organizations/my-organization/-/{page}", INSIDERS, private="my-organization"),
        Page(f"/organizations/eu-makers/-/{page}", ADMINISTRATORS | {"stranger"}, private="eu-makers"),
        public,
    ]


PAGES: dict[str, list[Page]] = {
    "/": [Page("/", sent=HOME)],
    "/-/health": [Page("/-/health", EVERYBODY)],
    "/-/readiness": [Page("/-/readiness", EVERYBODY)],
    "/-/metrics": [Page("/-/metrics", refused=dict.fromkeys(EVERYBODY, 404))],
    "/api/v4/pods/learn": [
        Page("/api/v4/pods/learn?method=GET&path_info=/my-company", refused=dict.fromkeys(EVERYBODY, 404))
    ],
    "/api/v4/openapi.json": [Page("/api/v4/openapi.json", EVERYBODY)],
    "/api/v4/openapi": [Page("/api/v4/openapi", EVERYBODY)],
    "/users/sign_in": [Page("/users/sign_in", frozenset({"visitor"}), dict.fromkeys(SIGNED_IN, "/"))],
    "/users/sign_out": [Page("/users/sign_out", EVERYBODY)],
    "/dashboard": [Page("/dashboard", LEGACY, {kind: HOME[kind] for kind in ("stranger", "member", "owner")})],
    "/dashboard/counts.json": [Page("/dashboard/counts.json", LEGACY)],
    "/organizations/<segment:path>/-/dashboard": _of_organizations(
        "dashboard",
        Page(
            "/organizations/gitlab-com-public/-/dashboard",
            sent=dict.fromkeys(LEGACY, "/dashboard"),
            private="gitlab-com-public",
        ),
    ),
    "/organizations/<segment:path>/-/counts.json": _of_organizations(
        "counts.json", Page("/organizations/gitlab-com-public/-/counts.json", LEGACY, private="gitlab-com-public")
    ),
    "/<routable:full_path>/-/issues": _of_projects("/-/issues"),
    "/<routable:full_path>/-/issues/<segment:iid>": _of_projects("/-/issues/1"),
    "/<routable:full_path>": [
        *_of_projects(),
        Page("/my-company/team", INSIDERS, private="team"),
        Page("/old-company/my-project", sent=dict.fromkeys(INSIDERS, "/my-company/my-project"), private="old-company"),
    ],
    "/<name:full_path>": [
        Page("/gitlab-org", EVERYBODY),
        Page("/my-company", INSIDERS, private="my-company"),
        Page("/not-my-company", ADMINISTRATORS, private="not-my-company"),
        Page("/old-company", sent=dict.fromkeys(INSIDERS, "/my-company"), private="old-company"),
        Page("/alice", EVERYBODY),
    ],
}
