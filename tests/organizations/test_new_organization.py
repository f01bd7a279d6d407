from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from admin_settings.in_force import in_force
from organizations.members.models import Membership
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from schemas.identity import this_topology
from tests.cast import signed_in
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

NEW = "/organizations/new"
SENT_TO = "/users/organizations/new"
FORM = {"name": "New", "path": "new-one"}


def named(path: str) -> Organization:
    return Organization.objects.using("routes").get(path=path)


def test_it_works(newcomer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("organizations.members.views.founding.pod_for", lambda region: "pod_us0")
    browser = signed_in(newcomer)
    assert SENT_TO in browser.get(NEW).content.decode()
    answer = browser.post(SENT_TO, FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/organizations/new-one/-/dashboard")
    made = named("new-one")
    assert (made.name, made.pod_id, made.state, made.epoch) == ("New", "pod_us0", "creating", 1)
    page = browser.get(answer["Location"])
    assert page.status_code == 200
    assert "New was created." in page.text
    assert named("new-one").state == "active"
    assert OrganizationState.objects.get(pk=made.pk).state == "active"
    assert Membership.objects.using("users").get(organization_id=made.pk).role == "owner"


def test_nothing_of_it_exists_before_its_pod_finishes_it(newcomer: User) -> None:
    signed_in(newcomer).post(SENT_TO, FORM)
    made = named("new-one")
    assert not OrganizationState.objects.filter(pk=made.pk).exists()
    assert not Membership.objects.using("users").filter(organization_id=made.pk).exists()


@pytest.mark.parametrize("home", [True, False])
def test_it_becomes_the_default_organization_when_wanted(
    newcomer: User, home: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("organizations.members.views.founding.pod_for", lambda region: "pod_us0")
    browser = signed_in(newcomer)
    answer = browser.post(SENT_TO, FORM | ({"home": "on"} if home else {}))
    browser.get(answer["Location"])
    newcomer.refresh_from_db(using="users")
    assert newcomer.default_organization_id == (named("new-one").pk if home else 1)


@pytest.mark.parametrize("page", [NEW, f"{NEW}?welcome"])
def test_it_suggests_a_home_to_those_who_come_from_sign_up(newcomer: User, page: str) -> None:
    assert ("checked" in signed_in(newcomer).get(page).content.decode()) == ("welcome" in page)


@pytest.mark.parametrize("path", ["my-organization", "My-Organization", "gitlab-com-public"])
def test_it_refuses_a_path_that_is_taken(newcomer: User, organization: Organization, path: str) -> None:
    answer = signed_in(newcomer).post(SENT_TO, FORM | {"path": path})
    assert answer.status_code == 422
    assert "is taken; choose another path" in answer.content.decode()


def test_it_refuses_the_path_of_a_deleted_organization(newcomer: User, organization: Organization) -> None:
    Organization.objects.using("routes").filter(pk=organization.pk).update(state="deleted")
    assert signed_in(newcomer).post(SENT_TO, FORM | {"path": organization.path}).status_code == 422


@pytest.mark.parametrize("path", ["", "a b", "a/b", "-a", "..", "a.git", "new", "New", "ä", "a" * 256])
def test_it_refuses_a_path_that_nobody_may_have(newcomer: User, path: str) -> None:
    assert signed_in(newcomer).post(SENT_TO, FORM | {"path": path}).status_code == 422
    assert not Organization.objects.using("routes").filter(name="New").exists()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a" * 256])
def test_it_refuses_a_name_that_nobody_can_read(newcomer: User, name: str) -> None:
    assert signed_in(newcomer).post(SENT_TO, FORM | {"name": name}).status_code == 422


def test_a_person_makes_so_many_in_a_day(newcomer: User, steer: Callable[..., None]) -> None:
    steer(organizations_a_day=2)
    browser = signed_in(newcomer)
    answers = [browser.post(SENT_TO, FORM | {"path": f"new-{number}"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert answers[-1]["Retry-After"] == "86400"


def test_nobody_lists_the_paths_that_are_taken(newcomer: User, organization: Organization) -> None:
    browser = signed_in(newcomer)
    answers = [browser.post(SENT_TO, FORM | {"path": organization.path}) for _ in range(in_force().names_a_minute + 1)]
    assert [answer.status_code for answer in answers] == [422] * in_force().names_a_minute + [429]
    assert "is taken" not in answers[-1].content.decode()


def test_it_says_when_no_pod_takes_any(newcomer: User, steer: Callable[..., None]) -> None:
    steer(placement_closed=tuple(this_topology().pods))
    assert signed_in(newcomer).post(SENT_TO, FORM).status_code == 503


@pytest.mark.parametrize("path", [NEW, SENT_TO])
def test_it_requires_login(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/users/sign_in?redirect={path}"
    assert client.post(path, FORM)["Location"] == f"/users/sign_in?redirect={path}"
