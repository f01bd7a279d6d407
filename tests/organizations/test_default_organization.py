from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.models import OrganizationState
from tests.cast import make_organization
from tests.databases import ALIASES
from tests.users.conftest import mia, signed_in
from tests.visitor import below_header
from users.models import PersonalAccessToken, User

pytestmark = pytest.mark.django_db(databases=ALIASES)
DASHBOARD = "/organizations/makers/-/dashboard"
__all__ = ["mia"]


@pytest.fixture(autouse=True)
def pinned() -> None:
    """Replicas are read here."""


@pytest.fixture
def makers() -> Organization:
    """An organization here."""
    OrganizationState.objects.using("main").get_or_create(id=GITLAB_COM_PUBLIC, defaults={"state": "active"})
    return make_organization("makers")


@pytest.fixture
def member(mia: User, makers: Organization) -> User:
    """Mia belongs to it, and is at home there."""
    Membership.objects.using("users").create(user=mia, organization_id=makers.pk, role="member")
    mia.default_organization_id = makers.pk
    mia.save(using="users")
    return mia


@pytest.fixture
def browser(mia: User) -> Client:
    """Mia's browser, signed in."""
    return signed_in()


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/", DASHBOARD),
        ("/dashboard", DASHBOARD),
        ("/dashboard/", f"{DASHBOARD}/"),
        ("/dashboard/todos?state=done&page=2", "/organizations/makers/-/todos?state=done&page=2"),
        ("/%64ashboard//x", None),
        ("/explore/projects", "/organizations/makers/-/explore/projects"),
        ("/search?q=a%20b", "/organizations/makers/-/search?q=a%20b"),
        ("/snippets", "/organizations/makers/-/snippets"),
        ("/-/snippets", "/organizations/makers/-/snippets"),
    ],
)
def test_global_pages_lead_to_ones_own(member: User, browser: Client, path: str, own: str | None) -> None:
    response = browser.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/organizations/makers/-/") if own is None else response["Location"] == own


def test_it_keeps_what_is_posted(member: User, browser: Client) -> None:
    response = browser.post("/dashboard/todos", {"a": "b"})
    assert (response.status_code, response["Location"]) == (308, "/organizations/makers/-/todos")


@pytest.mark.parametrize("path", ["/organizations/new", "/invites/x", "/-/profile", "/makers", "/groups/makers"])
def test_other_pages_lead_nowhere_else(member: User, browser: Client, path: str) -> None:
    assert not browser.get(path).get("Location", "").startswith("/organizations/makers/-/")


def test_people_of_gitlab_com_public_stay(mia: User, makers: Organization, browser: Client) -> None:
    assert browser.get("/")["Location"] == "/dashboard"
    page = browser.get("/dashboard")
    assert page.status_code == 200
    assert "organization" not in below_header(page.content.decode()).lower()


def test_visitors_sign_in(makers: Organization) -> None:
    assert Client().get("/dashboard")["Location"] == "/users/sign_in?redirect=/dashboard"


def test_who_left_is_at_home_in_gitlab_com_public(member: User, browser: Client) -> None:
    Membership.objects.using("users").all().delete()
    assert browser.get("/")["Location"] == "/dashboard"
    assert browser.get("/dashboard").status_code == 200


def test_who_lost_it_is_at_home_in_gitlab_com_public(member: User, makers: Organization, browser: Client) -> None:
    Organization.objects.using("routes").filter(pk=makers.pk).update(state="deleted")
    assert browser.get("/")["Location"] == "/dashboard"
    assert browser.get("/dashboard").status_code == 200


@pytest.fixture
def token(member: User) -> dict[str, str]:
    return {"PRIVATE-TOKEN": PersonalAccessToken.issue(member, "laptop")}


def test_one_that_is_not_built_leads_nowhere(token: dict[str, str]) -> None:
    assert Client().get("/api/v4/deploy_keys", headers=token).status_code == 404


def test_a_program_of_nobody_is_not_sent_on(makers: Organization) -> None:
    assert Client().get("/api/v4/projects").status_code == 200
    assert Client().get("/api/v4/projects", headers={"PRIVATE-TOKEN": f"glpat-{uuid4()}"}).status_code == 401


PREFERENCES = "/-/profile/preferences"


def test_it_is_chosen_in_the_preferences(mia: User, makers: Organization, browser: Client) -> None:
    Membership.objects.using("users").create(user=mia, organization_id=makers.pk, role="member")
    page = browser.get(PREFERENCES).content.decode()
    assert "Makers" in page
    assert browser.post(PREFERENCES, {"default_organization": str(makers.pk)})["Location"] == PREFERENCES
    assert browser.get("/")["Location"] == DASHBOARD
    browser.post(PREFERENCES, {"default_organization": str(GITLAB_COM_PUBLIC)})
    assert browser.get("/")["Location"] == "/dashboard"


@pytest.mark.parametrize("choice", ["theirs", "0", "-1", "x", "", "99999999999999999999"])
def test_only_ones_own_can_be_chosen(mia: User, makers: Organization, browser: Client, choice: str) -> None:
    Membership.objects.using("users").create(user=mia, organization_id=makers.pk, role="member")
    theirs = Organization.objects.using("routes").create(path="theirs", name="Theirs", pod_id="pod_us0")
    chosen = str(theirs.pk) if choice == "theirs" else choice
    response = browser.post(PREFERENCES, {"default_organization": chosen})
    assert response.status_code == 422
    assert "Theirs" not in response.content.decode()
    mia.refresh_from_db(using="users")
    assert mia.default_organization_id == GITLAB_COM_PUBLIC


def test_who_belongs_to_no_other_reads_no_word_of_it(mia: User, makers: Organization, browser: Client) -> None:
    page = browser.get(PREFERENCES)
    assert page.status_code == 200
    assert "organization" not in below_header(page.content.decode()).lower()


def test_preferences_require_sign_in() -> None:
    assert Client().get(PREFERENCES)["Location"].startswith("/users/sign_in")
