"""`/groups/new`, `/groups` and their siblings below an organization: a new top-level group."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from admin_settings.in_force import in_force
from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Namespace
from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing.models import Route
from tests.databases import ALIASES
from tests.monolith.conftest import shown
from tests.visitor import below_header
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

FORM = {"name": "My Tools", "path": "my-tools", "visibility": "private"}
NEW = "/organizations/acme/-/groups/new"
CREATE = "/organizations/acme/-/groups"


def test_it_works(mel: Client, acme: Organization) -> None:
    page = mel.get(NEW)
    assert page.status_code == 200
    assert f'action="{CREATE}"' in page.text
    answer = mel.post(CREATE, FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/my-tools")
    group = Namespace.objects.get()
    assert (group.organization_id, group.full_path, group.name, group.visibility) == (
        acme.pk,
        "my-tools",
        "My Tools",
        "private",
    )
    route = Route.objects.get(key="my-tools")
    assert (route.kind, route.entity_id, route.pod_id) == ("live", group.pk, "pod_us0")


@pytest.mark.parametrize("wanted", ["private", "internal", "public"])
def test_what_is_offered_first_is_a_setting(mel: Client, wanted: str, steer: Callable[..., None]) -> None:
    steer(default_group_visibility=wanted)
    assert f'value="{wanted}" selected' in mel.get(NEW).text


def test_it_makes_who_made_it_a_member(mel: Client) -> None:
    mel.post(CREATE, FORM)
    assert mel.get("/my-tools").status_code == 200
    assert mel.get("/my-tools/-/edit").status_code == 200


def test_it_defaults_to_gitlab_com_public(leo: Client) -> None:
    assert 'action="/groups"' in leo.get("/groups/new").text
    assert leo.post("/groups", FORM)["Location"] == "/my-tools"
    assert Namespace.objects.get().organization_id == GITLAB_COM_PUBLIC


def test_it_offers_the_organizations_of_whoever_asks_and_explains_the_isolation(mel: Client) -> None:
    page = mel.get("/groups/new").text
    assert '<option value="" selected>GitLab.com Public</option>' in page
    assert '<option value="acme">Acme</option>' in page
    assert "isolated from your organizations" in page


def test_in_an_organization_it_is_the_one_that_is_selected(mel: Client) -> None:
    page = mel.get(NEW).text
    assert '<option value="acme" selected>Acme</option>' in page
    assert '<option value="">GitLab.com Public</option>' in page
    assert "isolated from your organizations" not in page


@pytest.mark.parametrize(
    ("here", "value", "there", "create"),
    [("/groups/new", "acme", NEW, CREATE), (NEW, "", "/groups/new", "/groups")],
)
@pytest.mark.parametrize("sent", ["the change", "the creation"])
def test_another_organization_leads_to_its_form_with_what_was_typed(
    mel: Client, here: str, value: str, there: str, create: str, sent: str
) -> None:
    to = f"{here}?kept" if sent == "the change" else {"/groups/new": "/groups", NEW: CREATE}[here]
    typed = {"name": "Größe", "path": "no path!", "visibility": "internal", "organization": value}
    answer = mel.post(to, typed)
    assert (answer.status_code, answer["Location"]) == (307, f"{there}?kept")
    page = mel.post(answer["Location"], typed)
    assert page.status_code == 200
    assert f'action="{create}"' in page.text
    for kept in ('value="Größe"', 'value="no path!"', 'value="internal" selected', f'value="{value}" selected'):
        assert kept in page.text
    assert "errorlist" not in page.text
    assert not Namespace.objects.exists()


def test_the_form_names_its_own_organization(mel: Client, acme: Organization) -> None:
    assert mel.post(CREATE, FORM | {"organization": "acme"})["Location"] == "/my-tools"
    assert Namespace.objects.get().organization_id == acme.pk


@pytest.mark.parametrize("value", ["rivals", "no-such-organization", "gitlab-com-public"])
def test_it_leads_to_no_organization_that_one_may_not_choose(mel: Client, rivals: Organization, value: str) -> None:
    for address in (CREATE, f"{NEW}?kept"):
        answer = mel.post(address, FORM | {"organization": value})
        assert answer.status_code == 422
        assert "Choose one of the listed organizations." in answer.text
        assert value not in answer.text
    assert not Namespace.objects.exists()


def test_it_never_mentions_organizations_to_legacy_users(leo: Client) -> None:
    assert "rganization" not in below_header(leo.get("/groups/new").text)


def test_it_offers_no_organization_of_which_one_is_a_guest(gus: Client) -> None:
    assert "acme" not in below_header(gus.get("/groups/new").text)
    assert gus.post("/groups", FORM | {"organization": "acme"}).status_code == 422


@pytest.mark.parametrize("path", ["-x", "a/b", "a b", "x.git", "..", "ä"])
def test_it_refuses_what_is_no_name(mel: Client, path: str) -> None:
    answer = mel.post(CREATE, FORM | {"path": path})
    assert answer.status_code == 422
    assert "Use letters" in answer.text
    assert not Namespace.objects.exists()


def test_it_tells_that_a_path_is_taken_beside_the_field(mel: Client, rita: Client) -> None:
    rita.post("/organizations/rivals/-/groups", FORM)
    answer = mel.post(CREATE, FORM | {"path": "MY-tools"})
    assert answer.status_code == 422
    assert 'id="id_path_error"' in answer.text
    assert "This path is taken" in answer.text
    assert 'value="MY-tools"' in answer.text


def test_it_leaves_usernames_to_their_people(mel: Client, leo: Client, acme: Organization) -> None:
    assert "This path is taken" in mel.post(CREATE, {**FORM, "path": "LEO"}).text
    assert not Namespace.objects.exists()


def test_it_tells_so_of_reserved_words(mel: Client) -> None:
    assert "This path is taken" in mel.post(CREATE, FORM | {"path": "dashboard"}).text


def test_it_refuses_who_tries_many_names(mel: Client, rita: Client) -> None:
    rita.post("/organizations/rivals/-/groups", FORM)
    answers = [mel.post(CREATE, FORM).status_code for _ in range(in_force().names_a_minute + 1)]
    assert answers == [422] * in_force().names_a_minute + [429]
    assert mel.get(NEW).status_code == 200


def test_how_many_names_one_may_try_is_a_setting(mel: Client, steer: Callable[..., None]) -> None:
    steer(names_a_minute=1)
    answers = [mel.post(CREATE, FORM | {"path": "api"}) for _ in range(2)]
    assert [(answer.status_code, answer.get("Retry-After")) for answer in answers] == [(422, None), (429, "60")]
    steer(names_a_minute=4)
    assert mel.post(CREATE, FORM | {"path": "api"}).status_code == 422


def test_it_refuses_a_form_without_token(acme: Organization, mel: Client) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = mel.cookies
    assert browser.post(CREATE, FORM).status_code == 403
    assert not Namespace.objects.exists()


@pytest.mark.parametrize("path", ["/groups/new", NEW])
def test_it_requires_login(visitor: Client, acme: Organization, path: str) -> None:
    assert visitor.get(path)["Location"] == f"/users/sign_in?redirect={path}"


@pytest.mark.parametrize("path", ["/groups", CREATE])
def test_it_takes_nothing_from_visitors(visitor: Client, acme: Organization, path: str) -> None:
    visitor.post(path, FORM)
    assert not Namespace.objects.exists()


def test_it_is_not_there_for_others(rita: Client, leo: Client, acme: Organization) -> None:
    for browser in (rita, leo):
        assert browser.get(NEW).status_code == 404
        assert browser.post(CREATE, FORM).status_code == 404
    assert not Namespace.objects.exists()


def test_it_takes_nothing_from_guests(gus: Client) -> None:
    assert gus.get(NEW).status_code == 403
    assert gus.post(CREATE, FORM).status_code == 403
    assert not Namespace.objects.exists()


def test_it_rejects_other_methods(mel: Client) -> None:
    assert mel.put(CREATE).status_code == 405
    assert mel.put(NEW).status_code == 405


def test_it_puts_nothing_into_gitlab_com_public_by_its_org_scoped_address(leo: Client) -> None:
    assert leo.get("/organizations/gitlab-com-public/-/groups/new")["Location"] == "/groups/new"
    assert leo.post("/organizations/gitlab-com-public/-/groups", FORM).status_code == 404
    assert User.objects.filter(username="leo").exists()


def test_usernames_are_not_tried_beyond_the_limit(mel: Client, leo: Client, steer: Callable[..., None]) -> None:
    steer(names_a_minute=1)
    mel.post(CREATE, FORM | {"path": "api"})
    answers = [mel.post(CREATE, FORM | {"path": path}) for path in ("leo", "nobody-at-all")]
    assert {answer.status_code for answer in answers} == {429}
    assert shown(answers[0]).replace("leo", "nobody-at-all") == shown(answers[1])


def test_no_group_takes_a_username_by_another_way(dana: Client, leo: Client, group: Namespace) -> None:
    """Neither by a new path nor by leaving the group that it is in."""
    renamed = dana.post("/tools/-/edit/path", {"path": "LEO"})
    assert renamed.status_code == 422
    assert "This path is taken" in renamed.text
    create_namespace(group.organization_id, "leo", parent=group, name="Leo", visibility="internal")
    assert "This path is taken" in dana.post("/tools/leo/-/edit/transfer", {"into": ""}).text
    assert set(Namespace.objects.values_list("full_path", flat=True)) == {"tools", "tools/leo"}
