"""Nothing of one organization is shown or changed by forms that name it beside another's: in the path or in a field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from typing import Any

import httpx
import pytest

from tests.databases import database
from tests.patterns import pattern_of, taking
from tests.privacy.conftest import TOKEN
from tests.privacy.forms import ABSENT, API, ATTACKERS, NO_PLACE, Form, in_fields, in_paths, in_the_admin_area
from tests.privacy.test_mixtures import AT_A_TIME, VICTIMS, Theirs, ids_of
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor

OWNERS = {"my-organization": "mia", "other-organization": "alice"}
CASES = [("eva", VICTIMS[0], "us"), ("eva", VICTIMS[1], "eu"), ("mia", VICTIMS[1], "eu")]
# Fewer than may be sent before somebody has to wait: each is sent twice.
FORMS_A_MINUTE = 4
INVITATION = "00000000-0000-4000-8000-0000000f0f0f"


def test_every_form_is_in_a_mixture() -> None:
    """Of those with a place for a path or an id; the API's are in mixtures of their own."""
    forms = [form for mine in ATTACKERS.values() for form in (*in_paths(mine), *in_fields(mine))]
    sent = {pattern_of(form.path.format(**ABSENT)) for form in (*forms, *in_the_admin_area())}
    there = {pattern for pattern in taking("POST") if "<" in pattern and not pattern.startswith(API)}
    assert sorted(there - sent - NO_PLACE) == [], "name what is theirs in a form of each, in tests/privacy/forms.py"


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
        attacker.confirm_password()
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

        with ThreadPoolExecutor(AT_A_TIME) as threads, database(cluster, "shared", "users") as execute:
            assert list(filter(None, threads.map(wrong, (*in_paths(mine), *in_the_admin_area())))) == []
            told: list[str] = []
            forms = list(in_fields(mine))
            for first in range(0, len(forms), FORMS_A_MINUTE):
                # How often somebody may try is not what is asked here.
                execute("DELETE FROM rate_limits")
                told += threads.map(wrong, forms[first : first + FORMS_A_MINUTE])
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
        [(recent,)] = execute(
            "INSERT INTO recents (organization_id, user_id, kind, entity_id, viewed_at)"
            " VALUES (%s, %s, 'issue', %s, now())"
            " ON CONFLICT (user_id, organization_id, kind, entity_id) DO UPDATE SET viewed_at = now() RETURNING id",
            ids.organization,
            user,
            ids.issue,
        )
        # The demo has none of its own, and the pod that made an id is told by it.
        [(note,)] = execute("SELECT max(id) FROM notes WHERE organization_id = %s", ids.organization)
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
        "recent": str(recent),
        "note": str(note or ids.issue),
        "invitation": INVITATION,
    }


TENANTS = (
    "projects",
    "namespaces",
    "issues",
    "merge_requests",
    "notes",
    "history_lines",
    "todos",
    "recents",
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
