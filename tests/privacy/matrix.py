"""Every page that is built, and what each kind of visitor gets of it.

`PAGES` has a row for each pattern of `manage.py routes` that a view stands
behind; a test fails on a pattern without one. Whoever is in neither `shown`,
`sent` nor `refused` gets what they would get if the thing did not exist, to the
byte.

To declare a page: name the pattern as `manage.py routes` prints it, give at least
one `Page` for each visibility that the thing can have, and put the part of the
path that is the secret into `private`. A pattern that takes a POST only gets
`WRONG_METHOD`, and a `Page` with the method.
"""

from __future__ import annotations

from tests.privacy.admin_area import ADMIN_AREA
from tests.privacy.api import API
from tests.privacy.visitors import (
    ADMINISTRATORS,
    EVERYBODY,
    HOME,
    INSIDERS,
    LEGACY,
    MAKERS,
    OWNERS,
    PUBLIC_TEAM,
    SIGNED_IN,
    Kinds,
    Page,
    everybody_else,
)

# Max, the member, opened the first of my-project's issues and merge requests.
AUTHORS = MAKERS
THEIRS_PEOPLE = ADMINISTRATORS | {"stranger"}
MINE, THEIRS, PUBLIC = "my-organization", "eu-makers", "gitlab-com-public"
NOT_OWNERS = dict.fromkeys(INSIDERS - OWNERS, 403)
# What a form with nothing filled in is answered, by status.
EMPTY_FORM = 422
FORBIDDEN = 403
GONE = 410
WRONG_METHOD = 405


def _refused(path: str, status: int = WRONG_METHOD, private: str = "") -> Page:
    """A page that tells everybody the same, whether the thing exists or not."""
    return Page(path, refused=dict.fromkeys(EVERYBODY, status), private=private)


def _for(may: Kinds, see: Kinds, path: str, private: str = "") -> Page:
    """A page below something: those who see that one and may not this are told so, but for visitors."""
    return Page(path, may, private=private, refused=dict.fromkeys(see - may - {"visitor"}, FORBIDDEN))


def _of_projects(below: str, public: Kinds, internal: Kinds, private: Kinds = OWNERS) -> list[Page]:
    """A page below a project, for a project of each visibility."""
    return [
        _for(public, EVERYBODY, f"/gitlab-org/gitlab{below}"),
        _for(internal, INSIDERS, f"/my-company/my-project{below}", "my-project"),
        Page(f"/my-company/my-other-project{below}", private, private="my-other-project"),
        Page(f"/not-my-company/not-my-project{below}", ADMINISTRATORS, private="not-my-company"),
    ]


def _forms_of_projects(below: str, public: Kinds, internal: Kinds, private: Kinds = OWNERS) -> list[Page]:
    """A form below a project that others than these do not find."""
    return [page.as_form(EMPTY_FORM) for page in _of_projects(below, public, internal, private)]


def _posts_of_projects(below: str, public: Kinds, internal: Kinds, private: Kinds = OWNERS) -> list[Page]:
    """The same, where there is nothing to see."""
    shut = [_refused(f"/my-company/my-other-project{below}", private="my-other-project")]
    return [*shut, *_forms_of_projects(below, public, internal, private)]


def _states(below: str) -> list[Page]:
    """A button: pressed without what it says, it is not there for anybody."""
    return [
        _refused(f"/my-company/my-other-project{below}", private="my-other-project"),
        Page(
            f"/my-company/my-project{below}",
            private="my-project",
            method="POST",
            refused=dict.fromkeys(INSIDERS - AUTHORS, FORBIDDEN),
        ),
        Page(f"/my-company/my-other-project{below}", private="my-other-project", method="POST"),
    ]


def _of_groups(below: str) -> list[Page]:
    """A page of those who maintain a group."""
    return [
        _for(ADMINISTRATORS, EVERYBODY, f"/gitlab-org{below}"),
        _for(OWNERS, INSIDERS, f"/my-company{below}", "my-company"),
        Page(f"/not-my-company{below}", ADMINISTRATORS, private="not-my-company"),
    ]


def _of_organizations(page: str, instead: str = "", mine: Kinds = INSIDERS, theirs: Kinds = frozenset()) -> list[Page]:
    """An org-scoped page, and where people of GitLab.com Public are sent `instead`, if they are."""
    sent = dict.fromkeys(LEGACY, instead) if instead else {}
    return [
        _for(mine, INSIDERS, f"/organizations/{MINE}/-/{page}", MINE),
        _for(theirs or THEIRS_PEOPLE, THEIRS_PEOPLE, f"/organizations/{THEIRS}/-/{page}", THEIRS),
        Page(f"/organizations/{PUBLIC}/-/{page}", sent=sent, private=PUBLIC),
    ]


def _posts_of_organizations(page: str, mine: Kinds) -> list[Page]:
    """A form of an organization where there is nothing to see."""
    path = f"/organizations/{MINE}/-/{page}"
    return [_refused(path, private=MINE), _for(mine, INSIDERS, path, MINE).as_form(EMPTY_FORM)]


def _global(page: str) -> list[Page]:
    """A page of GitLab.com Public; people of other organizations are sent to the same page of theirs."""
    scoped = page.removeprefix("/dashboard/").removeprefix("/")
    return [Page(page, LEGACY, everybody_else(f"/-/{scoped}"))]


def _sent(page: str, to: str) -> Page:
    """An address that leads to another one, which decides."""
    return Page(page, sent=dict.fromkeys(EVERYBODY, to))


def _profile(page: str) -> list[Page]:
    """A page of a person about themselves."""
    return [Page(page, SIGNED_IN)]


INSTANCE: dict[str, list[Page]] = {
    "/": [Page("/", frozenset({"visitor"}), sent=HOME)],
    "/-/health": [Page("/-/health", EVERYBODY)],
    "/-/readiness": [Page("/-/readiness", EVERYBODY)],
    # Not through a router.
    "/-/metrics": [_refused("/-/metrics", 404)],
    **{
        path: [Page(path, EVERYBODY)]
        for path in (
            "/robots.txt",
            "/favicon.ico",
            "/favicon.png",
            "/apple-touch-icon.png",
            "/apple-touch-icon-precomposed.png",
            "/-/manifest.json",
        )
    },
    # Everybody is sent on, whether or not there is such an organization.
    "/o/new": [_sent("/o/new", "/organizations/new")],
    "/o/<segment:path>": [_sent(f"/o/{MINE}", f"/organizations/{MINE}/-/dashboard")],
    "/o/<segment:path>/<rest:rest>": [
        _sent(f"/o/{MINE}/-/members", f"/organizations/{MINE}/-/members"),
        _sent("/o/no-such-organization/-/members", "/organizations/no-such-organization/-/members"),
    ],
    "/api/v4/pods/learn": [_refused("/api/v4/pods/learn?method=GET&path_info=/my-company", 404)],
    "/api/v4/openapi.json": [Page("/api/v4/openapi.json", EVERYBODY)],
    "/api/docs": [Page("/api/docs", EVERYBODY)],
    "/api/v4/openapi": [_sent("/api/v4/openapi", "/api/docs")],
    "/-/graphql-explorer": [Page("/-/graphql-explorer", EVERYBODY)],
}

IDENTITY: dict[str, list[Page]] = {
    "/users/sign_in": [Page("/users/sign_in", frozenset({"visitor"}), dict.fromkeys(SIGNED_IN, "/"))],
    "/users/sign_out": [Page("/users/sign_out", EVERYBODY)],
    "/users/sign_up": [Page("/users/sign_up", frozenset({"visitor"}), dict.fromkeys(SIGNED_IN, "/"))],
    "/users/sign_up/welcome": _profile("/users/sign_up/welcome"),
    "/users/password/new": [Page("/users/password/new", EVERYBODY)],
    # A link of nobody's.
    "/users/password/edit": [_refused("/users/password/edit", 422)],
    "/-/profile": _profile("/-/profile"),
    "/-/profile/preferences": _profile("/-/profile/preferences"),
    "/-/profile/confirm": _profile("/-/profile/confirm"),
    "/-/profile/email": [
        _refused("/-/profile/email"),
        # Whoever has not confirmed their password is asked for it.
        Page("/-/profile/email", SIGNED_IN, method="POST"),
    ],
    "/-/profile/email/take_back": [
        _refused("/-/profile/email/take_back"),
        Page("/-/profile/email/take_back", sent=dict.fromkeys(SIGNED_IN, "/-/profile"), method="POST"),
    ],
    # A link of nobody's.
    "/-/profile/email/confirm/<segment:token>": [
        Page("/-/profile/email/confirm/no-such-token", refused=dict.fromkeys(SIGNED_IN, GONE))
    ],
    "/-/profile/account": _profile("/-/profile/account"),
    "/-/profile/account/sign_out": [_refused("/-/profile/account/sign_out")],
    "/-/profile/account/deactivate": [
        _refused("/-/profile/account/deactivate"),
        Page("/-/profile/account/deactivate", SIGNED_IN).as_form(EMPTY_FORM),
    ],
    "/-/profile/sessions": _profile("/-/profile/sessions"),
    "/-/profile/sessions/<segment:sign_in_id>/end": [
        _refused("/-/profile/sessions/999999/end"),
        Page("/-/profile/sessions/999999/end", method="POST", private="999999"),
    ],
    "/-/profile/password": _profile("/-/profile/password"),
    "/-/profile/personal_access_tokens": _profile("/-/profile/personal_access_tokens"),
    "/-/profile/personal_access_tokens/revoke_all": [_refused("/-/profile/personal_access_tokens/revoke_all")],
    "/-/profile/personal_access_tokens/<segment:token_id>/revoke": [
        _refused("/-/profile/personal_access_tokens/2/revoke"),
        # Asked for the password, whether there is such a token or not.
        Page("/-/profile/personal_access_tokens/999999/revoke", SIGNED_IN, method="POST"),
    ],
    "/api/v4/user": [Page("/api/v4/user", SIGNED_IN, refused={"visitor": 401})],
    "/api/v4/user/personal_access_tokens": [
        _refused("/api/v4/user/personal_access_tokens"),
        # A session has to confirm its password first.
        Page(
            "/api/v4/user/personal_access_tokens",
            refused={**dict.fromkeys(SIGNED_IN, FORBIDDEN), "visitor": 401},
            method="POST",
        ),
    ],
    # A session has none.
    "/api/v4/personal_access_tokens/self": [Page("/api/v4/personal_access_tokens/self", refused={"visitor": 401})],
}

ORGANIZATIONS: dict[str, list[Page]] = {
    "/organizations": [*_profile("/organizations"), Page("/organizations", SIGNED_IN).as_form(EMPTY_FORM)],
    "/organizations/<segment:path>": [
        Page(
            f"/organizations/{MINE}", sent=dict.fromkeys(INSIDERS, f"/organizations/{MINE}/-/dashboard"), private=MINE
        ),
        Page(
            f"/organizations/{THEIRS}",
            sent=dict.fromkeys(THEIRS_PEOPLE, f"/organizations/{THEIRS}/-/dashboard"),
            private=THEIRS,
        ),
        Page(f"/organizations/{PUBLIC}", sent=dict.fromkeys(LEGACY, "/"), private=PUBLIC),
    ],
    "/organizations/new": _profile("/organizations/new"),
    "/users/organizations/new": _profile("/users/organizations/new"),
    "/-/invites/<segment:token>": [Page("/-/invites/no-such-token", private="no-such-token")],
    "/organizations/<segment:path>/-/dashboard": _of_organizations("dashboard", "/dashboard"),
    "/organizations/<segment:path>/-/counts.json": [
        *_of_organizations("counts.json")[:2],
        Page(f"/organizations/{PUBLIC}/-/counts.json", LEGACY, private=PUBLIC),
    ],
    "/organizations/<segment:path>/-/members": _of_organizations("members"),
    "/organizations/<segment:path>/-/members/<segment:user_id>/role": _posts_of_organizations(
        "members/999999/role", OWNERS
    ),
    "/organizations/<segment:path>/-/members/<segment:user_id>/remove": [
        Page(f"/organizations/{MINE}/-/members/999999/remove", private=MINE, refused=NOT_OWNERS),
        Page(f"/organizations/{MINE}/-/members/999999/remove", private=MINE, refused=NOT_OWNERS, method="POST"),
    ],
    "/organizations/<segment:path>/-/invitations": _posts_of_organizations("invitations", OWNERS),
    "/organizations/<segment:path>/-/invitations/<segment:invitation_id>/revoke": _posts_of_organizations(
        "invitations/999999/revoke", OWNERS
    ),
    "/organizations/<segment:path>/-/projects": _of_organizations("projects", "/dashboard/projects"),
    "/organizations/<segment:path>/-/projects/new": [
        *_of_organizations("projects/new", "/projects/new"),
        _for(INSIDERS, INSIDERS, f"/organizations/{MINE}/-/projects/new", MINE).as_form(EMPTY_FORM),
    ],
    "/organizations/<segment:path>/-/groups": [
        *_of_organizations("groups", "/dashboard/groups"),
        _for(MAKERS, INSIDERS, f"/organizations/{MINE}/-/groups", MINE).as_form(EMPTY_FORM),
    ],
    "/organizations/<segment:path>/-/groups/new": [
        *_of_organizations("groups/new", "/groups/new", MAKERS),
        # Sent, it takes over what was typed into another organization's form.
        _for(MAKERS, INSIDERS, f"/organizations/{MINE}/-/groups/new", MINE).as_form(200),
    ],
    "/organizations/<segment:path>/-/issues": _of_organizations("issues", "/dashboard/issues"),
    "/organizations/<segment:path>/-/issues/new": _of_organizations("issues/new", "/dashboard/issues/new"),
    "/organizations/<segment:path>/-/merge_requests": _of_organizations("merge_requests", "/dashboard/merge_requests"),
    "/organizations/<segment:path>/-/todos": _of_organizations("todos", "/dashboard/todos"),
    "/organizations/<segment:path>/-/todos/<segment:todo>/done": [
        Page(f"/organizations/{MINE}/-/todos/999999/done", refused=dict.fromkeys(INSIDERS, WRONG_METHOD), private=MINE),
        Page(f"/organizations/{MINE}/-/todos/999999/done", private=MINE, method="POST"),
    ],
    "/organizations/<segment:path>/-/settings/delete": [
        Page(f"/organizations/{MINE}/-/settings/delete", refused=dict.fromkeys(INSIDERS, WRONG_METHOD), private=MINE),
        Page(
            f"/organizations/{MINE}/-/settings/delete",
            refused=dict.fromkeys(OWNERS, EMPTY_FORM) | NOT_OWNERS,
            private=MINE,
            method="POST",
        ),
    ],
    "/organizations/<segment:path>/-/explore": _of_organizations("explore", "/explore"),
    "/organizations/<segment:path>/-/explore/projects": _of_organizations("explore/projects", "/explore/projects"),
    "/organizations/<segment:path>/-/search": _of_organizations("search", "/search"),
    "/organizations/<segment:path>/-/search/suggestions.json": [
        *_of_organizations("search/suggestions.json")[:2],
        *_of_organizations("search/suggestions.json?search=my-o")[:2],
        Page(f"/organizations/{PUBLIC}/-/search/suggestions.json", private=PUBLIC),
    ],
    "/organizations/<segment:path>/-/search/recents/delete": [
        Page(
            f"/organizations/{MINE}/-/search/recents/delete",
            private=MINE,
            refused=dict.fromkeys(INSIDERS, WRONG_METHOD),
        ),
        Page(
            f"/organizations/{MINE}/-/search/recents/delete",
            sent=dict.fromkeys(INSIDERS, f"/organizations/{MINE}/-/search"),
            private=MINE,
            method="POST",
        ),
    ],
    "/organizations/<segment:path>/-/settings": _of_organizations("settings", mine=OWNERS, theirs=ADMINISTRATORS),
}

GLOBAL: dict[str, list[Page]] = {
    "/dashboard": [Page("/dashboard", LEGACY, everybody_else("/-/dashboard"))],
    "/dashboard/counts.json": [Page("/dashboard/counts.json", LEGACY)],
    **{
        f"/dashboard/{page}": _global(f"/dashboard/{page}")
        for page in ("projects", "groups", "issues", "issues/new", "todos")
    },
    "/dashboard/merge_requests": _global("/dashboard/merge_requests"),
    "/dashboard/todos/<segment:todo>/done": [
        Page("/dashboard/todos/999999/done", refused=dict.fromkeys(SIGNED_IN, WRONG_METHOD)),
        Page("/dashboard/todos/999999/done", method="POST", private="999999"),
    ],
    "/search": _global("/search"),
    "/search/suggestions.json": [Page("/search/suggestions.json", LEGACY)],
    "/search/recents/delete": [
        Page("/search/recents/delete", refused=dict.fromkeys(SIGNED_IN, WRONG_METHOD)),
        Page("/search/recents/delete", sent=dict.fromkeys(LEGACY, "/search"), method="POST"),
    ],
    "/-/search": [*_profile("/-/search"), *_profile("/-/search?search=my-o")],
    # For visitors too, and the same for all of them: what is public in GitLab.com Public.
    "/explore": [Page("/explore", LEGACY | {"visitor"}, everybody_else("/-/explore"))],
    "/explore/projects": [Page("/explore/projects", LEGACY | {"visitor"}, everybody_else("/-/explore/projects"))],
    "/groups": [Page("/groups", SIGNED_IN), Page("/groups", SIGNED_IN).as_form(EMPTY_FORM)],
    "/groups/new": [Page("/groups/new", SIGNED_IN), Page("/groups/new", SIGNED_IN).as_form(200)],
    "/projects/new": [Page("/projects/new", SIGNED_IN), Page("/projects/new", SIGNED_IN).as_form(EMPTY_FORM)],
}

BELOW_PROJECTS: dict[str, list[Page]] = {
    f"/<routable:full_path>/-/{pattern}": pages
    for kind in ("issues", "merge_requests")
    for pattern, pages in {
        kind: _of_projects(f"/-/{kind}", EVERYBODY, INSIDERS),
        f"{kind}/<segment:iid>": _of_projects(f"/-/{kind}/1", EVERYBODY, INSIDERS),
        f"{kind}/new": _of_projects(f"/-/{kind}/new", SIGNED_IN, INSIDERS)
        if kind == "issues"
        else _of_projects(f"/-/{kind}/new", PUBLIC_TEAM, OWNERS),
        f"{kind}/<segment:iid>/edit": [
            *_of_projects(f"/-/{kind}/1/edit", PUBLIC_TEAM, AUTHORS),
            *_forms_of_projects(f"/-/{kind}/1/edit", PUBLIC_TEAM, AUTHORS),
        ],
        f"{kind}/<segment:iid>/delete": [
            *_of_projects(f"/-/{kind}/1/delete", ADMINISTRATORS, OWNERS),
            *_forms_of_projects(f"/-/{kind}/1/delete", ADMINISTRATORS, OWNERS),
        ],
        f"{kind}/<segment:iid>/state": _states(f"/-/{kind}/1/state"),
        f"{kind}/<segment:iid>/notes": _posts_of_projects(f"/-/{kind}/1/notes", SIGNED_IN, INSIDERS),
        **{
            # A comment that is not there: whose it is, tests/monolith/work/test_comments.py asks.
            f"{kind}/<segment:iid>/notes/<segment:note>/{act}": [
                Page(f"/my-company/{project}/-/{kind}/1/notes/999999/{act}", private=project, method=method)
                for project in ("my-project", "my-other-project")
                for method in ("GET", "POST")
            ]
            for act in ("edit", "delete")
        },
    }.items()
}

NAMESPACES: dict[str, list[Page]] = {
    **{f"/<routable:full_path>/-/{page}/new": _of_groups(f"/-/{page}/new") for page in ("subgroups", "projects")},
    "/<routable:full_path>/-/members": [
        *_of_projects("/-/members", SIGNED_IN, INSIDERS),
        *_forms_of_projects("/-/members", ADMINISTRATORS, OWNERS),
        Page("/gitlab-org/-/members", SIGNED_IN),
        Page("/my-company/-/members", INSIDERS, private="my-company"),
        Page("/not-my-company/-/members", ADMINISTRATORS, private="not-my-company"),
    ],
    "/<routable:full_path>/-/members/<segment:user_id>/role": _posts_of_projects(
        "/-/members/999999/role", ADMINISTRATORS, OWNERS
    ),
    "/<routable:full_path>/-/members/<segment:user_id>/remove": _posts_of_projects(
        "/-/members/999999/remove", ADMINISTRATORS, OWNERS
    ),
    "/<routable:full_path>/-/edit": [
        *_of_projects("/-/edit", ADMINISTRATORS, OWNERS),
        *_of_groups("/-/edit"),
    ],
    **{
        f"/<routable:full_path>/-/edit/{form}": _posts_of_projects(f"/-/edit/{form}", ADMINISTRATORS, OWNERS)
        for form in ("settings", "path", "transfer", "delete")
    },
    "/<routable:full_path>": [
        *_of_projects("", EVERYBODY, INSIDERS),
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

PARTS: dict[str, dict[str, list[Page]]] = {
    "instance": INSTANCE,
    "Admin Area": ADMIN_AREA,
    "people": IDENTITY,
    "organizations": ORGANIZATIONS,
    "global lists": GLOBAL,
    "API": API,
    "issues and merge requests": BELOW_PROJECTS,
    "namespaces": NAMESPACES,
}
PAGES: dict[str, list[Page]] = {pattern: pages for part in PARTS.values() for pattern, pages in part.items()}
