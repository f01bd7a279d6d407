"""Administrators act on what is others' by a session only with their password confirmed."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from tests.monolith.conftest import shown
from users.models import PersonalAccessToken, User
from users.reauthentication import FIELD

pytestmark = pytest.mark.django_db(databases=ALIASES)
PASSWORD = "a-long-secret"
ASKED = "Confirm your password"
VAULT = "/vault/gold"
ISSUE = {"title": "Too heavy", "assignee": ""}


@pytest.fixture
def root() -> User:
    """The administrator, who is a member of nothing."""
    user = make_person("root")
    user.is_superuser = user.is_staff = True
    user.password = make_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def admin(root: User) -> Client:
    """The administrator's browser."""
    return signed_in(root)


def confirm(browser: Client) -> None:
    assert browser.post("/-/profile/confirm", {FIELD: PASSWORD}).status_code == 302


def writes(project: Project, person: User) -> list[tuple[str, dict[str, str]]]:
    """What an administrator may do to a private project and its organization."""
    group = f"/{project.namespace.full_path}"
    return [
        (f"{VAULT}/-/issues/new", ISSUE),
        (f"{VAULT}/-/members", {"username": person.username, "role": "developer"}),
        (f"{VAULT}/-/edit/settings", {"name": "Silver", "visibility": "private", "description": ""}),
        (f"{group}/-/projects/new", {"name": "New", "path": "new", "visibility": "private"}),
        (f"{group}/-/edit/path", {"path": "safe"}),
        ("/organizations/acme/-/groups", {"name": "New", "path": "newer", "visibility": "private"}),
        ("/organizations/acme/-/settings", {"name": "Acme Corporation"}),
        ("/organizations/acme/-/invitations", {"email": "new@example.com", "role": "member"}),
        (f"/organizations/acme/-/members/{person.pk}/role", {"role": "guest"}),
    ]


def test_what_is_seen_asks_nothing(admin: Client, secret: Project) -> None:
    for page in (VAULT, f"{VAULT}/-/edit", f"{VAULT}/-/members", "/organizations/acme/-/members"):
        assert ASKED not in admin.get(page).text


def test_every_write_asks_and_changes_nothing(admin: Client, acme: Organization, secret: Project) -> None:
    mel = make_person("mel", acme)
    for path, form in writes(secret, mel):
        answer = admin.post(path, form)
        assert answer.status_code == 200, path
        assert ASKED in answer.text, path
        assert answer["Cache-Control"] == "private, no-store"
        for name, value in form.items():
            assert f'name="{name}" value="{value}"' in answer.text
    secret.refresh_from_db()
    assert (secret.name, secret.members.count(), Issue.objects.count()) == ("Gold", 0, 0)
    assert set(Namespace.objects.values_list("full_path", flat=True)) == {"vault"}


def test_it_goes_on_with_the_right_password(admin: Client, acme: Organization, secret: Project) -> None:
    mel = make_person("mel", acme)
    first, *others = writes(secret, mel)
    assert admin.post(first[0], {**first[1], FIELD: "wrong"}).status_code == 422
    assert not Issue.objects.exists()
    assert admin.post(first[0], {**first[1], FIELD: PASSWORD})["Location"] == f"{VAULT}/-/issues/1"
    for path, form in others:
        assert admin.post(path, form).status_code == 302, path


def test_what_is_wrong_is_said_once_it_is_confirmed(admin: Client, secret: Project) -> None:
    assert ASKED in admin.post(f"{VAULT}/-/issues/new", {}).text
    confirm(admin)
    assert admin.post(f"{VAULT}/-/issues/new", {}).status_code == 422
    assert admin.post("/vault/silver/-/issues/new", {}).status_code == 404


def test_what_everybody_may_asks_nothing(admin: Client, root: User) -> None:
    group = create_namespace(GITLAB_COM_PUBLIC, "commons", name="Commons", visibility="public")
    create_project(group, "garden", name="Garden", visibility="public")
    assert admin.post("/commons/garden/-/issues/new", ISSUE).status_code == 302
    assert admin.post("/commons/garden/-/issues/1/notes", {"text": "x"}).status_code == 302
    assert ASKED in admin.post("/commons/garden/-/edit/settings", {"name": "Mine"}).text


def test_what_is_theirs_asks_nothing(admin: Client, root: User) -> None:
    group = create_namespace(GITLAB_COM_PUBLIC, "mine", name="Mine", made_by=root.pk, visibility="private")
    assert admin.post("/mine/-/edit/settings", {"name": "Still mine", "visibility": "private"}).status_code == 302
    group.refresh_from_db()
    assert group.name == "Still mine"


def test_others_are_not_asked(mel: Client, visitor: Client, secret: Project) -> None:
    there, absent = (mel.post(f"/vault/{name}/-/issues/new", ISSUE) for name in ("gold", "dust"))
    assert (there.status_code, shown(there)) == (404, shown(absent))
    assert visitor.post(f"{VAULT}/-/issues/new", ISSUE)["Location"].startswith("/users/sign_in")


def test_the_api_by_session_is_told_where(admin: Client, secret: Project) -> None:
    path = "/api/v4/projects/vault%2Fgold/issues"
    answer = admin.post(path, {"title": "x"}, content_type="application/json")
    assert answer.status_code == 403
    assert "/-/profile/confirm" in answer.json()["message"]
    assert not Issue.objects.exists()
    confirm(admin)
    assert admin.post(path, {"title": "x"}, content_type="application/json").status_code == 201


def test_a_program_with_a_token_is_not_asked(root: User, secret: Project) -> None:
    program = Client(headers={"private-token": PersonalAccessToken.issue(root, "robot")})
    path = "/api/v4/projects/vault%2Fgold/issues"
    assert program.post(path, {"title": "x"}, content_type="application/json").status_code == 201


def test_the_admin_area_and_the_rest_ask_once_for_both(admin: Client, secret: Project) -> None:
    confirm(admin)
    assert ASKED not in admin.post("/admin/users", {}).text
    assert admin.post(f"{VAULT}/-/issues/new", ISSUE).status_code == 302
