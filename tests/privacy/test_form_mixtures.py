"""Nothing of one organization is shown or changed by forms that name it beside another's: in the path or in a field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from itertools import product
from typing import Any, NamedTuple

import httpx
import pytest

from tests.pods.conftest import database
from tests.privacy.conftest import TOKEN
from tests.privacy.test_mixtures import VICTIMS, Theirs, ids_of
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor


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
OWNERS = {"my-organization": "mia", "other-organization": "alice"}
CASES = [("eva", VICTIMS[0], "us"), ("eva", VICTIMS[1], "eu"), ("mia", VICTIMS[1], "eu")]
INVITATION = "00000000-0000-4000-8000-0000000f0f0f"
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
}
ISSUABLES = ("issues", "merge_requests")


def in_paths(mine: Mine) -> Iterator[Form]:
    """Forms of one's own, with an id of theirs in the path, and forms of theirs."""
    scoped, project = f"/organizations/{mine.organization}/-", f"/{mine.group}/{mine.project}"
    for place, end in product((scoped, f"/{mine.group}/-", f"{project}/-"), ("role", "remove")):
        yield Form(f"{place}/members/{{user_id}}/{end}", EVERY_FIELD)
    for kind, number, end in product(
        ISSUABLES, ("{issue_id}", "{project_id}", "{namespace_id}"), ("edit", "state", "notes", "delete")
    ):
        yield Form(f"{project}/-/{kind}/{number}/{end}", EVERY_FIELD)
    for path in (
        f"{scoped}/invitations/{{invitation}}/revoke",
        f"{scoped}/todos/{{todo}}/done",
        "/dashboard/todos/{todo}/done",
        "/-/invites/{invitation}",
        "/-/invites/{invitation}.guessed",
        "/-/profile/sessions/{session}/end",
        "/-/profile/personal_access_tokens/{token}/revoke",
    ):
        yield Form(path, EVERY_FIELD)
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
    for end in ("groups", "settings", "settings/delete", "invitations", "invitations/{invitation}/revoke"):
        yield Form(f"/organizations/{{organization}}/-/{end}", {**EVERY_FIELD, "confirm": "{organization}"})


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
    assignees = ("{user_id}",) if mine.is_public else ("{user_id}", "{username}")
    for kind, end, whom in product(ISSUABLES, ("new", "1/edit"), assignees):
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
        f"{scoped}/groups",
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


@pytest.fixture
def no_invitation_left(cluster: RunningCluster) -> Iterator[None]:
    """Afterwards the invitation is gone that a test makes for its victim."""
    yield
    with database(cluster, "shared", "users") as execute:
        execute("DELETE FROM invitations WHERE id = %s::uuid", INVITATION)


@pytest.mark.slow
@pytest.mark.usefixtures("no_invitation_left")
@pytest.mark.parametrize(("who", "victim", "region"), CASES, ids=lambda value: getattr(value, "organization", value))
def test_no_form_shows_or_changes_anything(cluster: RunningCluster, who: str, victim: Theirs, region: str) -> None:
    mine = ATTACKERS[who]
    with Visitor(cluster, "us") as other, Visitor(cluster, region) as attacker:
        other.sign_in(OWNERS[victim.organization])
        attacker.sign_in(who)
        found = TOKEN.search(attacker.get("/users/sign_out").text)
        assert found
        csrf = found[1]
        theirs = _names(cluster, victim)
        before = _rows(cluster, mine.organization, mine.database), _rows(cluster, victim.organization, victim.database)

        def wrong(form: Form) -> str:
            answers = [_send(attacker, form, names, csrf) for names in (theirs, ABSENT)]
            there, absent = (
                _told(answer, _sent(form, names)) for answer, names in zip(answers, (theirs, ABSENT), strict=True)
            )
            if victim.secret in there or answers[0].status_code in {200, 429} or there != absent:
                told_apart = "\n".join(unified_diff(there.splitlines(), absent.splitlines(), lineterm="", n=0))
                return f"{form}: {answers[0].status_code}, {answers[1].status_code}\n{told_apart}"
            return ""

        with ThreadPoolExecutor(max_workers=6) as threads:
            assert list(filter(None, threads.map(wrong, in_paths(mine)))) == []
        with database(cluster, "shared", "users") as execute:
            told = []
            for form in in_fields(mine):
                # How often somebody may try is not what is asked here.
                execute("DELETE FROM rate_limits")
                told.append(wrong(form))
            assert list(filter(None, told)) == []
        after = _rows(cluster, mine.organization, mine.database), _rows(cluster, victim.organization, victim.database)
    assert after == before


def _send(attacker: Visitor, form: Form, names: dict[str, str], csrf: str) -> httpx.Response:
    fields = {field: value.format(**names) for field, value in form.fields.items()}
    return attacker.post(form.path.format(**names), {**fields, "csrfmiddlewaretoken": csrf})


def _sent(form: Form, names: dict[str, str]) -> dict[str, str]:
    """The names that a form has a place for."""
    places = " ".join((form.path, *form.fields.values()))
    return {key: name for key, name in names.items() if f"{{{key}}}" in places}


def _told(answer: httpx.Response, names: dict[str, str]) -> str:
    """What an answer says, with the names that were sent left out."""
    text = f"{answer.status_code} {answer.headers.get('location', '')}\n{TOKEN.sub('', answer.text)}"
    # The longest first: one is part of another.
    for key, name in sorted(names.items(), key=lambda each: -len(each[1])):
        # A number means something only where a form repeats what was filled in.
        echoed = rf"(?<=value=\"){name}(?=\")|(?<= ){name}(?= is not one of)"
        text = re.sub(echoed if name.isdecimal() else rf"(?<![\w.-]){re.escape(name)}(?![\w-])", f"<{key}>", text)
    return text


def _names(cluster: RunningCluster, victim: Theirs) -> dict[str, str]:
    """Everything of theirs that a form could name, with an invitation that is made for this."""
    ids = ids_of(cluster, victim)
    owner = OWNERS[victim.organization]
    with database(cluster, "shared", "users") as execute:
        [(user, session, token)] = execute(
            "SELECT u.id, max(s.id), max(t.id) FROM users u JOIN sign_ins s ON s.user_id = u.id"
            " JOIN personal_access_tokens t ON t.user_id = u.id WHERE u.username = %s GROUP BY u.id",
            owner,
        )
        execute(
            "INSERT INTO invitations (id, organization_id, email, role, inviter_id, sent_at, expires_at)"
            " VALUES (%s::uuid, %s, 'invited@example.com', 'owner', %s, now(), now() + interval '1 day')",
            INVITATION,
            ids.organization,
            user,
        )
    with database(cluster, *victim.database) as execute:
        [(todo,)] = execute("SELECT max(id) FROM todos WHERE organization_id = %s", ids.organization)
    return {
        "organization": victim.organization,
        "organization_id": str(ids.organization),
        "group": victim.group,
        "namespace_id": str(ids.namespace),
        "project": f"{victim.group}/{victim.secret}",
        "project_id": str(ids.project),
        "issue_id": str(ids.issue),
        "username": owner,
        "user_id": str(user),
        "session": str(session),
        "token": str(token),
        "todo": str(todo),
        "invitation": INVITATION,
    }


TENANTS = (
    "projects",
    "namespaces",
    "issues",
    "merge_requests",
    "notes",
    "todos",
    "project_members",
    "namespace_members",
)


def _rows(cluster: RunningCluster, organization: str, main: tuple[str, str]) -> list[Any]:
    """Every row of an organization and of what its members have, but for when they were last seen."""
    with database(cluster, "shared", "routes") as execute:
        rows = execute("SELECT o.id, o::text FROM organizations o WHERE path = %s", organization)
        number = rows[0][0]
        rows += execute("SELECT r::text FROM routes r WHERE organization_id = %s ORDER BY 1", number)
    with database(cluster, *main) as execute:
        for table in TENANTS:
            rows += execute(f"SELECT t::text FROM {table} t WHERE organization_id = %s ORDER BY 1", number)
    members = "(SELECT user_id FROM memberships WHERE organization_id = %s)"
    with database(cluster, "shared", "users") as execute:
        for table in ("memberships", "invitations"):
            rows += execute(f"SELECT t::text FROM {table} t WHERE organization_id = %s ORDER BY 1", number)
        for columns, table in (("user_id, expires_at", "sign_ins"), ("user_id, revoked_at", "personal_access_tokens")):
            rows += execute(f"SELECT id, {columns} FROM {table} WHERE user_id IN {members} ORDER BY 1", number)
        rows += execute(f"SELECT id, is_active, session_generation FROM users WHERE id IN {members} ORDER BY 1", number)
    return rows
