"""What a person looked at last, kept with the organization."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.test import Client

from monolith.namespaces.models import Namespace, Project, Visibility
from monolith.work import recents
from monolith.work.issuables import delete_issuable, open_issuable
from monolith.work.models import Issue, MergeRequest, Recent
from organizations.members.roles import end_membership
from organizations.models import Organization
from schemas.gate import LOCK_CLASS
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
PAGE = "/organizations/acme/-/search"
DELETE = f"{PAGE}/recents/delete"


def recent(browser: Client, page: str = PAGE) -> list[str]:
    """What the box shows while it is empty: the same as the page."""
    answer = browser.get(f"{page}/suggestions.json").json()["found"]
    titles = [hit["title"] for each in answer for hit in each["hits"]]
    assert titles == re.findall(r'class="title" href="[^"]*">([^<]*)<', browser.get(page).text)
    return titles


def state(organization: Organization, state: str) -> None:
    with connections["main"].cursor() as cursor:
        cursor.execute("UPDATE organization_state SET state = %s WHERE id = %s", [state, organization.pk])


def test_the_last_one_is_first_and_each_is_there_once(dana: Client, project: Project) -> None:
    author = User.objects.get(username="dana")
    open_issuable(Issue, project, author, title="Rust")
    open_issuable(MergeRequest, project, author, title="Oil", source_branch="oil")
    assert recent(dana) == []
    for path in ("", "/hammer", "/hammer/-/issues/1", "/hammer/-/merge_requests/1", "/hammer", "/hammer"):
        assert dana.get(f"/tools{path}").status_code == 200
    assert recent(dana) == ["tools/hammer", "Oil", "Rust", "tools"]
    assert Recent.objects.count() == 4


def test_what_is_only_asked_about_is_not_noted(dana: Client, project: Project) -> None:
    dana.head("/tools/hammer")
    dana.get("/tools/hammer", headers={"Sec-Purpose": "prefetch"})
    dana.get("/tools/hammer/-/issues/7")
    dana.get("/tools/hammer/-/issues")
    assert recent(dana) == []


def test_only_those_who_belong_to_the_organization_have_them(
    gus: Client, rita: Client, visitor: Client, project: Project
) -> None:
    Namespace.objects.update(visibility=Visibility.PUBLIC)
    Project.objects.update(visibility=Visibility.PUBLIC)
    for browser in (gus, rita, visitor):
        assert browser.get("/tools/hammer").status_code == 200
    assert [User.objects.get(pk=each.user_id).username for each in Recent.objects.all()] == ["gus"]
    assert recent(rita, "/organizations/rivals/-/search") == []


def test_they_are_bounded_for_each_person(
    dana: Client, mel: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recents, "MOST_KEPT", 3)
    for number in range(1, 6):
        open_issuable(Issue, project, User.objects.get(username="dana"), title=f"Issue {number}")
        for browser in (mel, dana):
            browser.get(f"/tools/hammer/-/issues/{number}")
    dana.get("/tools/hammer/-/issues/3")
    assert recent(dana) == ["Issue 3", "Issue 5", "Issue 4"]
    assert recent(mel) == ["Issue 5", "Issue 4", "Issue 3"]
    assert Recent.objects.count() == 6


def test_what_one_may_no_longer_see_is_not_shown(mel: Client, project: Project) -> None:
    open_issuable(Issue, project, User.objects.get(username="mel"), title="Rust")
    for path in ("/tools/hammer", "/tools/hammer/-/issues/1", "/tools"):
        mel.get(path)
    assert recent(mel) == ["tools", "Rust", "tools/hammer"]
    Project.objects.update(visibility=Visibility.PRIVATE)
    assert recent(mel) == ["tools"]


def test_they_are_deleted_one_by_one_or_all(dana: Client, mel: Client, project: Project) -> None:
    for browser in (dana, mel):
        for path in ("/tools", "/tools/hammer"):
            browser.get(path)
    mine = Recent.objects.get(user_id=User.objects.get(username="dana").pk, kind=Recent.Kind.NAMESPACE)
    theirs, kept = Recent.objects.exclude(user_id=mine.user_id).first(), list(Recent.objects.all())
    assert theirs
    for pk in (mine.pk, mine.pk, theirs.pk):
        assert dana.post(DELETE, {"recent": pk})["Location"] == PAGE
        assert ("It was removed from what you viewed." in dana.get(PAGE).text) is (mine in kept)
        kept = list(Recent.objects.all())
    assert recent(dana) == ["tools/hammer"]
    dana.post(DELETE)
    assert (recent(dana), recent(mel)) == ([], ["tools/hammer", "tools"])


@pytest.mark.parametrize("named", ["", "x", "-1", "0", "9" * 30, "\0"])
def test_nothing_is_deleted_by_a_wrong_id(dana: Client, project: Project, named: str) -> None:
    dana.get("/tools")
    assert dana.post(DELETE, {"recent": named}).status_code == 404
    assert recent(dana) == ["tools"]


def test_others_can_not_delete_them(dana: Client, rita: Client, visitor: Client, project: Project) -> None:
    dana.get("/tools")
    assert rita.post(DELETE).status_code == 404
    assert visitor.post(DELETE)["Location"].startswith("/users/sign_in")
    assert rita.post("/search/recents/delete").status_code == 404
    assert dana.get(DELETE).status_code == 405
    assert recent(dana) == ["tools"]


def test_what_is_deleted_is_not_shown(dana: Client, project: Project) -> None:
    issue = open_issuable(Issue, project, User.objects.get(username="dana"), title="Rust")
    for path in ("/tools/hammer", "/tools/hammer/-/issues/1", "/tools"):
        dana.get(path)
    delete_issuable(project, issue)
    assert recent(dana) == ["tools", "tools/hammer"]


@pytest.mark.parametrize("now", ["incoming", "fenced", "moved"])
def test_while_the_organization_is_moved_nothing_is_noted(
    dana: Client, acme: Organization, project: Project, now: str
) -> None:
    state(acme, now)
    note(acme)
    state(acme, "active")
    assert Recent.objects.count() == 0
    note(acme)
    assert Recent.objects.count() == 1


def test_nothing_waits_for_who_shuts_the_gate(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    # The gate's own lock is held by this test's transaction, which wrote.
    monkeypatch.setattr(recents, "LOCK_CLASS", LOCK_CLASS + 1)
    parameters = connections["main"].get_connection_params()
    known = {key: parameters[key] for key in ("dbname", "user", "host", "port") if parameters.get(key)}
    with psycopg.connect(**known, autocommit=True) as mover:
        mover.execute("SELECT pg_advisory_lock(%s, hashint8(%s))", (LOCK_CLASS + 1, acme.pk))
        note(acme)
    assert Recent.objects.count() == 0


def test_a_failure_is_nobodys_concern(
    dana: Client, acme: Organization, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recents, "_NOTE", "SELECT 1 / 0")
    assert dana.get("/tools/hammer").status_code == 200
    assert recent(dana) == []


def test_the_response_is_there_before_it_is_written(
    dana: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(recents, "afterwards", given.append)
    assert dana.get("/tools/hammer").status_code == 200
    assert Recent.objects.count() == 0
    [job] = given
    job()
    assert recent(dana) == ["tools/hammer"]


def test_who_leaves_is_forgotten(dana: Client, mel: Client, acme: Organization, project: Project) -> None:
    for browser in (dana, mel):
        browser.get("/tools")
    end_membership(acme.pk, User.objects.get(username="dana").pk)
    assert [each.user_id for each in Recent.objects.all()] == [User.objects.get(username="mel").pk]


def test_a_deleted_organization_leaves_none(acme: Organization, rivals: Organization) -> None:
    for each in (acme, rivals):
        note(each)
    recents.forget_organization(acme.pk, [8])
    assert Recent.objects.count() == 2
    recents.forget_organization(acme.pk, None)
    assert Recent.objects.get().organization_id == rivals.pk


def note(organization: Organization) -> None:
    recents._note({"user": 7, "organization": organization.pk, "entity": 8, "kind": Recent.Kind.ISSUE})
