"""Every address of the API, and what each kind of visitor gets of it.

Who changes something without a person is 401, whatever the address names: visitors are therefore left out where a
name is private, and get the same for a name that does not exist.
"""

from __future__ import annotations

from tests.privacy.visitors import (
    ADMINISTRATORS,
    EVERYBODY,
    INSIDERS,
    LEGACY,
    MAKERS,
    OWNERS,
    PUBLIC_TEAM,
    SIGNED_IN,
    Kinds,
    Page,
)

MINE, THEIRS, PUBLIC = "my-organization", "eu-makers", "gitlab-com-public"
V4, BELOW_ORGANIZATIONS = "/api/v4", "/api/v4/organizations/"
UNAUTHORIZED, FORBIDDEN, WRONG_METHOD, INVALID = 401, 403, 405, 400
NOT_FOR_VISITORS = {"visitor": UNAUTHORIZED}
KINDS = ("issues", "merge_requests")
SEARCH = "search?scope=projects&search=x"
THREAD = "9" * 40


def _global(page: str, shown: Kinds = SIGNED_IN) -> Page:
    """A list of the caller's organization; of GitLab.com Public for visitors."""
    return Page(f"{V4}/{page}", shown, refused={} if "visitor" in shown else NOT_FOR_VISITORS)


def _global_sent(page: str, status: int, method: str = "POST") -> Page:
    """The same address, with something that is refused to those who may use it."""
    visitors = {"visitor": WRONG_METHOD} if status == WRONG_METHOD else NOT_FOR_VISITORS
    return Page(f"{V4}/{page}", refused={**dict.fromkeys(SIGNED_IN, status), **visitors}, method=method)


def _of_organizations(page: str, refused: dict[str, int]) -> list[Page]:
    """What is below an organization's id or path."""
    end = f"/{page}" if page else ""
    return [
        Page(f"{BELOW_ORGANIZATIONS}{MINE}{end}", INSIDERS, private=MINE, refused=refused),
        Page(f"{BELOW_ORGANIZATIONS}{THEIRS}{end}", ADMINISTRATORS | {"stranger"}, private=THEIRS, refused=refused),
        Page(f"{BELOW_ORGANIZATIONS}{PUBLIC}{end}", LEGACY, private=PUBLIC, refused=refused),
    ]


def _made_in_organizations(page: str) -> list[Page]:
    """Something to be made there, with nothing filled in."""
    return [
        Page(f"{BELOW_ORGANIZATIONS}{path}/{page}", private=path, refused=dict.fromkeys(people, INVALID), method="POST")
        for path, people in ((MINE, INSIDERS), (THEIRS, ADMINISTRATORS | {"stranger"}), (PUBLIC, LEGACY))
    ]


def _no_page(path: str, private: str) -> Page:
    """An address without this method says so to everybody, before it looks for what it names."""
    return Page(path, refused=dict.fromkeys(EVERYBODY, WRONG_METHOD), private=private)


def _of_projects(end: str) -> list[Page]:
    """What those see who see a project."""
    return [
        Page(f"{V4}/projects/gitlab-org%2Fgitlab{end}", EVERYBODY),
        Page(f"{V4}/projects/my-company%2Fmy-project{end}", INSIDERS, private="my-project"),
        Page(f"{V4}/projects/my-company%2Fmy-other-project{end}", OWNERS, private="my-other-project"),
        Page(f"{V4}/projects/not-my-company%2Fnot-my-project{end}", ADMINISTRATORS, private="not-my-company"),
    ]


def _of_groups(end: str) -> list[Page]:
    """What those see who see a group."""
    return [
        Page(f"{V4}/groups/gitlab-org{end}", EVERYBODY),
        Page(f"{V4}/groups/my-company{end}", INSIDERS, private="my-company"),
        Page(f"{V4}/groups/not-my-company{end}", ADMINISTRATORS, private="not-my-company"),
    ]


def _changed(end: str, method: str, public: Kinds, internal: Kinds, status: int = 200) -> list[Page]:
    """A project, or something in it, changed by these people; others who see it are told that they may not."""
    kind = f"{V4}/projects/"

    def page(path: str, may: Kinds, see: Kinds, private: str) -> Page:
        refused = dict.fromkeys(see - may - {"visitor"}, FORBIDDEN)
        told = {**refused, **({} if status == 200 else dict.fromkeys(may, status))}
        visitors = {} if private else NOT_FOR_VISITORS
        shown = may if status == 200 else frozenset[str]()
        return Page(f"{kind}{path}{end}", shown, private=private, refused={**told, **visitors}, method=method)

    return [
        page("gitlab-org%2Fgitlab", public, EVERYBODY, ""),
        page("my-company%2Fmy-project", internal, INSIDERS, "my-project"),
        page("my-company%2Fmy-other-project", OWNERS, OWNERS, "my-other-project"),
        page("not-my-company%2Fnot-my-project", ADMINISTRATORS, ADMINISTRATORS, "not-my-company"),
    ]


def _changed_groups(end: str, method: str, status: int = 200) -> list[Page]:
    """A group, changed by those who maintain it."""
    told = {} if status == 200 else dict.fromkeys(OWNERS, status)
    shown = OWNERS if status == 200 else frozenset[str]()
    refused = {**dict.fromkeys(INSIDERS - OWNERS, FORBIDDEN), **told}
    return [Page(f"{V4}/groups/my-company{end}", shown, private="my-company", refused=refused, method=method)]


def _absent(end: str) -> list[Page]:
    """Something that no project has."""
    return [
        Page(f"{V4}/projects/{path}{end}", private=name)
        for path, name in (
            ("my-company%2Fmy-project", "my-project"),
            ("my-company%2Fmy-other-project", "my-other-project"),
        )
    ]


def _for_people(of_projects: bool, end: str) -> list[Page]:
    """What those see who see a project or group and are signed in."""
    if not of_projects:
        return [
            Page(f"{V4}/groups/gitlab-org{end}", SIGNED_IN, refused=NOT_FOR_VISITORS),
            Page(f"{V4}/groups/my-company{end}", INSIDERS, private="my-company"),
            Page(f"{V4}/groups/not-my-company{end}", ADMINISTRATORS, private="not-my-company"),
        ]
    return [
        Page(f"{V4}/projects/gitlab-org%2Fgitlab{end}", SIGNED_IN, refused=NOT_FOR_VISITORS),
        Page(f"{V4}/projects/my-company%2Fmy-project{end}", INSIDERS, private="my-project"),
        Page(f"{V4}/projects/my-company%2Fmy-other-project{end}", OWNERS, private="my-other-project"),
    ]


GLOBAL: dict[str, list[Page]] = {
    **{f"{V4}/{page}": [_global(page, EVERYBODY), _global_sent(page, INVALID)] for page in ("projects", "groups")},
    **{f"{V4}/{page}": [_global(page)] for page in ("namespaces", "issues", "merge_requests", "todos")},
    f"{V4}/todos/mark_as_done": [_global_sent("todos/mark_as_done", WRONG_METHOD, "GET")],
    f"{V4}/todos/<segment:id>/mark_as_done": [
        Page(f"{V4}/todos/999999/mark_as_done", private="999999", method="POST"),
        Page(f"{V4}/todos/1/mark_as_done", refused=dict.fromkeys(EVERYBODY, WRONG_METHOD)),
    ],
}

ORGANIZATIONS: dict[str, list[Page]] = {
    f"{BELOW_ORGANIZATIONS}<segment:id>": _of_organizations("", {}),
    f"{BELOW_ORGANIZATIONS}<segment:id>/projects": [
        *_of_organizations("projects", {}),
        *_made_in_organizations("projects"),
    ],
    f"{BELOW_ORGANIZATIONS}<segment:id>/groups": [
        *_of_organizations("groups", {}),
        *_made_in_organizations("groups"),
    ],
    **{
        f"{BELOW_ORGANIZATIONS}<segment:id>/{page}": _of_organizations(page, NOT_FOR_VISITORS)
        for page in ("namespaces", "issues", "merge_requests", "todos")
    },
    f"{BELOW_ORGANIZATIONS}<segment:id>/todos/mark_as_done": [
        _no_page(f"{BELOW_ORGANIZATIONS}{MINE}/todos/mark_as_done", MINE)
    ],
}

PROJECTS: dict[str, list[Page]] = {
    f"{V4}/projects/<segment:id>": [*_of_projects(""), *_changed("", "PUT", ADMINISTRATORS, OWNERS, INVALID)],
    f"{V4}/projects/<segment:id>/transfer": [
        _no_page(f"{V4}/projects/my-company%2Fmy-project/transfer", "my-project"),
        *_changed("/transfer", "PUT", ADMINISTRATORS, OWNERS, INVALID),
    ],
    **{
        f"{V4}/projects/<segment:id>/{pattern}": pages
        for kind, openers in (("issues", (SIGNED_IN, INSIDERS)), ("merge_requests", (PUBLIC_TEAM, OWNERS)))
        for pattern, pages in {
            kind: [*_of_projects(f"/{kind}"), *_changed(f"/{kind}", "POST", *openers, INVALID)],
            f"{kind}/<segment:iid>": [
                *_of_projects(f"/{kind}/1"),
                # Max, the member, opened the first of my-project's.
                *_changed(f"/{kind}/1", "PUT", PUBLIC_TEAM, MAKERS, INVALID),
                # Of a number that is none: those who may delete are told so.
                *_changed(f"/{kind}/999999", "DELETE", ADMINISTRATORS, OWNERS, 404),
            ],
            f"{kind}/<segment:iid>/todo": [
                _no_page(f"{V4}/projects/my-company%2Fmy-project/{kind}/1/todo", "my-project")
            ],
            f"{kind}/<segment:iid>/notes": [
                *_of_projects(f"/{kind}/1/notes"),
                *_changed(f"/{kind}/1/notes", "POST", SIGNED_IN, INSIDERS, INVALID),
            ],
            f"{kind}/<segment:iid>/notes/<segment:note>": [
                Page(f"{V4}/projects/{path}/{kind}/1/notes/1", private=name, method=method)
                for path, name in (
                    ("my-company%2Fmy-project", "my-project"),
                    ("my-company%2Fmy-other-project", "my-other-project"),
                )
                for method in ("GET", "PUT", "DELETE")
            ],
        }.items()
    },
}

MEMBERS: dict[str, list[Page]] = {
    **{f"{V4}/projects/<segment:id>/{page}": _for_people(True, f"/{page}") for page in ("members", "members/all")},
    **{f"{V4}/groups/<segment:id>/{page}": _for_people(False, f"/{page}") for page in ("members", "members/all")},
    f"{V4}/projects/<segment:id>/members/all/<segment:user_id>": _absent("/members/all/999999"),
    f"{V4}/groups/<segment:id>/members/all/<segment:user_id>": [
        Page(f"{V4}/groups/my-company/members/all/999999", private="my-company")
    ],
    f"{V4}/projects/<segment:id>/members/<segment:user_id>": [
        Page(f"{V4}/projects/my-company%2Fmy-project/members/999999", private="my-project"),
        *_changed("/members/999999", "PUT", ADMINISTRATORS, OWNERS, INVALID),
    ],
    f"{V4}/groups/<segment:id>/members/<segment:user_id>": [
        Page(f"{V4}/groups/my-company/members/999999", private="my-company"),
        *_changed_groups("/members/999999", "PUT", INVALID),
    ],
}

OF_CLIENTS: dict[str, list[Page]] = {
    **{
        f"{V4}/{page}": [Page(f"{V4}/{page}", SIGNED_IN, refused=NOT_FOR_VISITORS)]
        for page in ("version", "metadata", "users", "personal_access_tokens")
    },
    **{
        f"{V4}/{page}/<segment:id>": [Page(f"{V4}/{page}/999999", private="999999", refused=NOT_FOR_VISITORS)]
        for page in ("users", "personal_access_tokens")
    },
    # They come with sessions.
    f"{V4}/personal_access_tokens/self": [Page(f"{V4}/personal_access_tokens/self", refused=NOT_FOR_VISITORS)],
    **{f"{V4}/{page.partition('?')[0]}": [_global(page)] for page in ("events", SEARCH)},
    **{
        f"{BELOW_ORGANIZATIONS}<segment:id>/{page.partition('?')[0]}": _of_organizations(page, NOT_FOR_VISITORS)
        for page in ("events", SEARCH)
    },
    **{
        f"{V4}/projects/<segment:id>/{page}": [
            _no_page(f"{V4}/projects/my-company%2Fmy-project/{page}", "my-project"),
        ]
        for page in ("archive", "unarchive", "star", "unstar")
    },
    f"{V4}/projects/<segment:id>/events": _of_projects("/events"),
    f"{V4}/projects/<segment:id>/search": _for_people(True, "/search?scope=issues&search=x"),
    **{
        pattern: pages
        for kind in ("labels", "milestones")
        for pattern, pages in {
            f"{V4}/projects/<segment:id>/{kind}": [
                *_of_projects(f"/{kind}"),
                *_changed(f"/{kind}", "POST", PUBLIC_TEAM, OWNERS, INVALID),
            ],
            f"{V4}/projects/<segment:id>/{kind}/<segment:{kind[:-1]}>": [
                *_absent(f"/{kind}/999999"),
                *_changed(f"/{kind}/999999", "DELETE", PUBLIC_TEAM, OWNERS, 404),
            ],
        }.items()
    },
    **{
        f"{V4}/projects/<segment:id>/milestones/<segment:milestone>/{kind}": _absent(f"/milestones/999999/{kind}")
        for kind in KINDS
    },
    **{f"{V4}/groups/<segment:id>/{kind}": _of_groups(f"/{kind}") for kind in KINDS},
    f"{V4}/groups/<segment:id>/search": _for_people(False, "/search?scope=issues&search=x"),
    **{
        f"{V4}/projects/<segment:id>/{kind}/<segment:iid>/{pattern}": pages
        for kind in KINDS
        for pattern, pages in {
            **{
                button: [_no_page(f"{V4}/projects/my-company%2Fmy-project/{kind}/1/{button}", "my-project")]
                for button in ("subscribe", "unsubscribe")
            },
            "discussions": [
                *_of_projects(f"/{kind}/1/discussions"),
                *_changed(f"/{kind}/1/discussions", "POST", SIGNED_IN, INSIDERS, INVALID),
            ],
            "discussions/<segment:discussion>": _absent(f"/{kind}/1/discussions/{THREAD}"),
            "discussions/<segment:discussion>/notes": [
                _no_page(f"{V4}/projects/my-company%2Fmy-project/{kind}/1/discussions/{THREAD}/notes", "my-project")
            ],
            "discussions/<segment:discussion>/notes/<segment:note>": [
                _no_page(f"{V4}/projects/my-company%2Fmy-project/{kind}/1/discussions/{THREAD}/notes/1", "my-project")
            ],
        }.items()
    },
}

GROUPS: dict[str, list[Page]] = {
    f"{V4}/groups/<segment:id>": [*_of_groups(""), *_changed_groups("", "PUT", INVALID)],
    f"{V4}/groups/<segment:id>/transfer": [
        _no_page(f"{V4}/groups/my-company/transfer", "my-company"),
    ],
    f"{V4}/groups/<segment:id>/projects": _of_groups("/projects"),
    f"{V4}/groups/<segment:id>/subgroups": _of_groups("/subgroups"),
    f"{V4}/namespaces/<segment:id>": [
        Page(f"{V4}/namespaces/gitlab-org", EVERYBODY),
        Page(f"{V4}/namespaces/alice", EVERYBODY),
        Page(f"{V4}/namespaces/my-company", INSIDERS, private="my-company"),
        Page(f"{V4}/namespaces/not-my-company", ADMINISTRATORS, private="not-my-company"),
    ],
}

# What each field of a query shows: tests/privacy/test_graphql.py.
GRAPHQL: dict[str, list[Page]] = {
    "/api/graphql": [
        _no_page("/api/graphql", ""),
        Page("/api/graphql", refused=dict.fromkeys(EVERYBODY, INVALID), method="POST"),
    ],
    "/api/organizations/<segment:path>/graphql": [
        _no_page(f"/api/organizations/{MINE}/graphql", MINE),
        # A body that is no query is refused before anybody looks for the organization.
        Page(
            f"/api/organizations/{MINE}/graphql",
            private=MINE,
            refused=dict.fromkeys(EVERYBODY, INVALID),
            method="POST",
        ),
    ],
}

API: dict[str, list[Page]] = GLOBAL | ORGANIZATIONS | PROJECTS | GROUPS | MEMBERS | OF_CLIENTS | GRAPHQL
