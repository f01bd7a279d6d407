"""Forms that name one organization beside another's: in the path or in a field."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from tests.patterns import taking


class Mine(NamedTuple):
    """Where the attacker is at home, with a group and project that they own."""

    organization: str
    group: str
    project: str
    database: tuple[str, str]
    is_public: bool
    """Whether everybody sees the project: then they may be assigned what is in it."""


class Form(NamedTuple):
    """What is sent where; `{…}` is the place of something of theirs."""

    path: str
    fields: dict[str, str]


ATTACKERS = {
    "eva": Mine("eu-makers", "makers", "widgets", ("pods-eu", "pod_eu1_main"), is_public=True),
    # Who owns her organization too.
    "mia": Mine("my-organization", "my-company", "my-project", ("pods-eu", "pod_eu0_main"), is_public=False),
}
ABSENT = {
    "organization": "no-organization",
    "organization_id": "999999001",
    "group": "no-such-company",
    "namespace_id": "999999002",
    "project": "no-such-company/no-project",
    "project_id": "999999003",
    "issue_id": "999999004",
    "username": "no.such.person",
    "user_id": "999999005",
    "session": "999999006",
    "token": "999999007",
    "todo": "999999008",
    "recent": "999999009",
    "note": "999999010",
    "invitation": "00000000-0000-4000-8000-0000000f0f0e",
}
EVERY_FIELD = {
    "name": "stolen",
    "path": "stolen",
    "title": "stolen",
    "text": "stolen",
    "description": "stolen",
    "visibility": "public",
    "source_branch": "stolen",
    "target_branch": "main",
    "state": "closed",
    "role": "owner",
    "email": "stolen@example.com",
    "recent": "{recent}",
}
ISSUABLES = ("issues", "merge_requests")
ADMIN_AREA, API = "/admin", "/api/"
ROWS = {
    "users": "{user_id}",
    "tokens": "{token}",
    "memberships": "{user_id}",
    "organizations": "{organization_id}",
    "groups": "{namespace_id}",
    "projects": "{project_id}",
}
"""What is a row's id in a list of the Admin Area; in the others there is nothing of one organization."""
NO_PLACE = {
    f"{ADMIN_AREA}/pods/<pod:pod>",
    f"{ADMIN_AREA}/pods/<pod:pod>/jsi18n",
    *(f"{ADMIN_AREA}/pods/<pod:pod>/{rows}" for rows in ("groups", "projects", "runners", "jobs")),
    f"{ADMIN_AREA}/settings/<segment:name>",
}
"""Patterns that take the name of a pod or a setting, and nothing of an organization."""


def in_paths(mine: Mine) -> Iterator[Form]:
    """Forms with a path or an id of theirs in their path."""
    scoped, project = f"/organizations/{mine.organization}/-", f"/{mine.group}/{mine.project}"
    for place, end in product((scoped, f"/{mine.group}/-", f"{project}/-"), ("role", "remove")):
        yield Form(f"{place}/members/{{user_id}}/{end}", EVERY_FIELD)
    for kind, number, end in product(
        ISSUABLES, ("{issue_id}", "{project_id}", "{namespace_id}"), ("edit", "state", "notes", "delete")
    ):
        yield Form(f"{project}/-/{kind}/{number}/{end}", EVERY_FIELD)
    for place, kind, end in product((project, "/{project}"), ISSUABLES, ("edit", "delete")):
        yield Form(f"{place}/-/{kind}/1/notes/{{note}}/{end}", EVERY_FIELD)
    for path in (
        f"{scoped}/invitations/{{invitation}}/revoke",
        f"{scoped}/todos/{{todo}}/done",
        "/dashboard/todos/{todo}/done",
        f"{scoped}/search/recents/delete",
        "/search/recents/delete",
        "/-/invites/{invitation}",
        "/-/invites/{invitation}.guessed",
        "/-/profile/sessions/{session}/end",
        "/-/profile/personal_access_tokens/{token}/revoke",
        "/-/profile/email/confirm/{invitation}.guessed",
    ):
        yield Form(path, EVERY_FIELD)
    yield from _below_theirs(mine)


def _below_theirs(mine: Mine) -> Iterator[Form]:
    """Forms of theirs."""
    for place, end in product(("/{project}", "/{group}"), ("settings", "path", "transfer", "delete")):
        yield Form(f"{place}/-/edit/{end}", {**EVERY_FIELD, "into": mine.group, "confirm": place.strip("/")})
    for place in ("/{project}", "/{group}", "/organizations/{organization}"):
        yield Form(f"{place}/-/members", {"username": "eva", "role": "owner"})
        yield Form(f"{place}/-/members/{{user_id}}/role", EVERY_FIELD)
        yield Form(f"{place}/-/members/{{user_id}}/remove", EVERY_FIELD)
    for kind, end in product(ISSUABLES, ("new", "1/edit", "1/state", "1/notes")):
        yield Form(f"/{{project}}/-/{kind}/{end}", EVERY_FIELD)
    for kind, sign in zip(ISSUABLES, "#!", strict=True):
        yield Form(f"/{{project}}/-/{kind}/1/delete", {"confirm": f"{{project}}{sign}1"})
    for end in ("subgroups/new", "projects/new"):
        yield Form(f"/{{group}}/-/{end}", EVERY_FIELD)
    for end in (
        *("groups", "groups/new", "projects/new", "settings", "settings/delete"),
        *("invitations", "invitations/{invitation}/revoke", "search/recents/delete"),
    ):
        yield Form(f"/organizations/{{organization}}/-/{end}", {**EVERY_FIELD, "confirm": "{organization}"})


def in_the_admin_area() -> Iterator[Form]:
    """Every act with a row of theirs, for those who are no administrators."""
    for pattern in sorted(taking("POST")):
        if pattern.startswith(ADMIN_AREA) and "<segment:object_id>" in pattern:
            path = pattern.replace("<pod:pod>", "pod_eu0")
            kind = path.partition("/<segment:object_id>")[0].rpartition("/")[2]
            yield Form(path.replace("<segment:object_id>", ROWS.get(kind, "{project_id}")), EVERY_FIELD)


def in_fields(mine: Mine) -> Iterator[Form]:
    """Forms of one's own that name what is theirs."""
    scoped, group, project = f"/organizations/{mine.organization}/-", f"/{mine.group}", f"/{mine.group}/{mine.project}"
    for place, into in product((group, project), ("{group}", "{project}", "{namespace_id}")):
        yield Form(f"{place}/-/edit/transfer", {"into": into})
    for place, confirm in product((group, project), ("{group}", "{project}", "{project_id}")):
        yield Form(f"{place}/-/edit/delete", {"confirm": confirm})
    for confirm in ("{organization}", "{organization_id}"):
        yield Form(f"{scoped}/settings/delete", {"confirm": confirm})
        yield Form("/-/profile/preferences", {"default_organization": confirm})
    for kind, end, whom in product(ISSUABLES, ("new", "1/edit"), ("{user_id}", "{username}")):
        yield Form(f"{project}/-/{kind}/{end}", {**EVERY_FIELD, "assignee": whom})
    for place, whom in product((group, project), ("{username}", "{user_id}")):
        yield Form(f"{place}/-/members", {"username": whom, "role": "developer"})
    yield Form("/users/sign_up/welcome", {"link": "https://pods.test/-/invites/{invitation}.guessed"})
    # What no form asks for changes nothing either: without what each wants it is refused.
    hidden = {
        "id": "{project_id}",
        "namespace": "{group}",
        "namespace_id": "{namespace_id}",
        "parent": "{group}",
        "parent_id": "{namespace_id}",
        "project": "{project}",
        "organization": "{organization}",
        "organization_id": "{organization_id}",
        "member": "{user_id}",
        "user": "{user_id}",
        "full_path": "{project}",
    }
    for path in (
        f"{group}/-/subgroups/new",
        f"{group}/-/projects/new",
        "/groups",
        f"{scoped}/groups",
        f"{scoped}/groups/new",
        f"{scoped}/projects/new",
        "/groups/new",
        "/projects/new",
        f"{scoped}/settings",
        f"{scoped}/invitations",
        f"{project}/-/edit/settings",
        f"{group}/-/edit/settings",
        f"{group}/-/edit/path",
        f"{project}/-/issues/1/notes",
        "/-/profile/personal_access_tokens",
        "/-/profile/account/deactivate",
    ):
        yield Form(path, hidden)
