"""`/organizations/<path>/-/settings/delete`: the end of an organization that nothing is in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from monolith.ci.models import Runner
from monolith.namespaces.creation import create_namespace
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace
from moves.models import OrganizationMove
from organizations import closing
from organizations.closing import ClosingRefused, NotEmpty, close
from organizations.members.models import Membership
from organizations.models import Organization
from routing import claims
from routing.claims import OrganizationGone
from routing.janitor import tidy
from routing.outcomes.models import Burial
from tests.cast import belong, make_person, signed_in
from tests.databases import ALIASES
from tests.organizations.conftest import PATH
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

SETTINGS = f"/organizations/{PATH}/-/settings"


def press(browser: Client, confirm: str = PATH) -> Any:
    return browser.post(f"{SETTINGS}/delete", {"confirm": confirm})


def state() -> str:
    return Organization.objects.using("routes").get(path=PATH).state


def home_of(user: User) -> int:
    return User.objects.using("users").get(pk=user.pk).default_organization_id


def is_forgotten() -> bool:
    return not (Membership.objects.using("users").exists() or Burial.objects.exists() or Runner.objects.exists())


def test_it_works(mia: User, max_: User, organization: Organization) -> None:
    Runner.objects.create(organization_id=organization.pk, description="x")
    browser = signed_in(mia)
    assert "Delete organization" in browser.get(SETTINGS).text
    assert press(browser)["Location"] == "/"
    assert state() == "deleted"
    assert is_forgotten()
    assert (home_of(mia), home_of(max_)) == (1, 1)
    assert browser.get("/")["Location"] == "/dashboard"
    for person in (mia, max_):
        # No pod owns it: learn says so, as for every name that does not exist.
        assert signed_in(person).get(SETTINGS).status_code == 421


def test_members_and_homes_of_others_stay(
    mia: User, max_: User, organization: Organization, other_organization: Organization
) -> None:
    alice = make_person("alice", other_organization)
    belong(max_, other_organization)
    Runner.objects.create(organization_id=other_organization.pk, description="x")
    press(signed_in(mia))
    members = Membership.objects.using("users").values_list("user__username", "organization_id")
    assert set(members) == {("alice", other_organization.pk), ("max", other_organization.pk)}
    assert (home_of(alice), home_of(max_)) == (other_organization.pk, 1)
    assert Runner.objects.get().organization_id == other_organization.pk
    assert Organization.objects.using("routes").get(pk=other_organization.pk).state == "active"


def test_nothing_is_lost(mia: User, organization: Organization) -> None:
    group = create_namespace(organization.pk, "tools", name="Tools")
    answer = press(signed_in(mia))
    assert answer.status_code == 422
    assert "Delete them first" in answer.text
    assert (state(), Burial.objects.count()) == ("active", 0)
    delete(group)
    assert press(signed_in(mia)).status_code == 302


def test_it_wants_the_path(mia: User) -> None:
    assert press(signed_in(mia), "my-Organization").status_code == 422
    assert state() == "active"


def test_only_owners_may(max_: User, newcomer: User, client: Client, organization: Organization) -> None:
    browsers = (signed_in(max_), signed_in(newcomer), client)
    assert [press(browser).status_code for browser in browsers] == [403, 404, 302]
    assert state() == "active"


@pytest.mark.parametrize(
    ("state_of_move", "stays"), [("planned", True), ("copying", True), ("flipped", True), ("settled", False)]
)
def test_it_stays_while_it_is_on_its_way_to_another_pod(
    mia: User, organization: Organization, state_of_move: str, stays: bool
) -> None:
    OrganizationMove.objects.using("routes").create(
        organization=organization, source="pod_us0", target="pod_us1", state=state_of_move
    )
    browser = signed_in(mia)
    if stays:
        answer = press(browser)
        assert answer.status_code == 422
        assert "The operators of this instance are moving this organization. Try again in a while." in answer.text
        with pytest.raises(ClosingRefused, match=f"manage.py move abort {PATH}"):
            close(organization)
        # Not even when a deletion was begun before the move.
        Burial.objects.create(organization_id=organization.pk, entity_type="org", entity_id=organization.pk, path=PATH)
        tidy("pod_us0")
    else:
        assert press(browser)["Location"] == "/"
    assert (state(), Burial.objects.count()) == ("active" if stays else "deleted", 0)


def test_what_is_being_made_in_it_is_found(mia: User, organization: Organization) -> None:
    claims.claim("soon", organization.pk, "group")
    with pytest.raises(NotEmpty):
        close(organization)
    assert (state(), Burial.objects.count()) == ("active", 0)


def test_nothing_is_made_in_it_afterwards(mia: User, organization: Organization) -> None:
    close(organization)
    with pytest.raises(OrganizationGone):
        create_namespace(organization.pk, "late", name="Late")
    assert not Namespace.objects.exists()


@pytest.mark.parametrize("step", ["_is_deleted", "_let_go", "forget"])
def test_the_janitor_goes_on_after_a_step_that_failed(
    mia: User, organization: Organization, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*arguments: object) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as context:
        context.setattr(closing, step, fail)
        if step == "_is_deleted":
            with pytest.raises(OperationalError):
                close(organization)
        else:
            close(organization)
        assert tidy("pod_us0")["buried"] == 0
    assert Burial.objects.count() == 1
    assert tidy("pod_us0")["buried"] == 1
    assert state() == "deleted"
    assert is_forgotten()
    assert home_of(mia) == 1


def test_it_is_forgotten_by_the_janitor_when_something_was_made_meanwhile(
    mia: User, organization: Organization
) -> None:
    Burial.objects.create(organization_id=organization.pk, entity_type="org", entity_id=organization.pk, path=PATH)
    create_namespace(organization.pk, "tools", name="Tools")
    tidy("pod_us0")
    assert (state(), Burial.objects.count()) == ("active", 0)


def test_its_path_stays_taken(mia: User, organization: Organization) -> None:
    close(organization)
    fields = {"name": "Mine now", "path": PATH}
    answer = signed_in(mia).post("/users/organizations/new", fields)
    assert answer.status_code == 422


def test_gitlab_com_public_cannot_be_deleted() -> None:
    root = User.objects.using("users").create(username="root", is_superuser=True)
    page = "/organizations/gitlab-com-public/-/settings/delete"
    assert signed_in(root, confirmed=True).post(page, {"confirm": "gitlab-com-public"}).status_code == 404
    assert Organization.objects.using("routes").get(pk=1).state == "active"
