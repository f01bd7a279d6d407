"""What administrators do, page by page."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from monolith.ci.models import Runner
from monolith.namespaces.creation import create_namespace
from monolith.namespaces.models import Namespace, Project
from organizations.members.models import Membership
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from routing.models import Route
from routing.reserved import reserve_words
from tests.admin_area.conftest import PASSWORD, text_of
from tests.cast import make_organization, make_person, signed_in
from tests.databases import ALIASES
from users.models import PersonalAccessToken, User

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)
POD = "/admin/pods/pod_us0"


def do(browser: Client, address: str, **given: str) -> str:
    """Send an act's form; returns what the page after it, or the same page, says."""
    asked = browser.get(address)
    assert asked.status_code == 200, address
    response = browser.post(address, given, follow=True)
    return text_of(response.content.decode())


def lines() -> list[tuple[str, str]]:
    entries = LogEntry.objects.order_by("pk")
    return [(entry.object_repr, entry.change_message) for entry in entries]


@pytest.fixture
def mel() -> User:
    return make_person("mel")


def test_deactivate_and_activate(proven: Client, mel: User) -> None:
    browser = signed_in(mel)
    token = PersonalAccessToken.issue(mel, "robot")
    assert "mel was deactivated" in do(proven, f"/admin/users/{mel.pk}/deactivate")
    assert browser.get("/-/profile").status_code == 302
    assert PersonalAccessToken.user_of(token) is None
    assert "mel was activated" in do(proven, f"/admin/users/{mel.pk}/activate")
    assert browser.get("/-/profile").status_code == 302
    assert lines() == [
        ("mel", "Deactivate: done: mel was deactivated and signed out everywhere."),
        ("mel", "Activate: done: mel was activated."),
    ]


def test_sign_out(proven: Client, mel: User) -> None:
    browser = signed_in(mel)
    assert browser.get("/-/profile").status_code == 200
    assert "signed out everywhere" in do(proven, f"/admin/users/{mel.pk}/sign_out")
    assert browser.get("/-/profile").status_code == 302


def test_appoint_and_dismiss(proven: Client, root: User, mel: User) -> None:
    browser = signed_in(mel)
    assert browser.get("/admin").status_code == 404
    do(proven, f"/admin/users/{mel.pk}/appoint")
    assert browser.get("/admin").status_code == 200
    do(proven, f"/admin/users/{mel.pk}/dismiss")
    assert browser.get("/admin").status_code == 404


@pytest.mark.parametrize("act", ["deactivate", "dismiss"])
def test_nobody_locks_themselves_out(proven: Client, root: User, act: str) -> None:
    assert "ask another administrator" in do(proven, f"/admin/users/{root.pk}/{act}")
    root.refresh_from_db()
    assert root.is_active
    assert root.is_superuser
    [(name, message)] = lines()
    assert name == "root"
    assert message.endswith("refused: you cannot do this to your own account; ask another administrator")


def test_default_organization(proven: Client, acme: Organization, mel: User) -> None:
    path = f"/admin/users/{mel.pk}/home"
    assert "no organization" in do(proven, path, path="nowhere")
    assert "mel does not belong to acme" in do(proven, path, path="acme").lower()
    Membership.objects.create(user=mel, organization_id=acme.pk, role="member")
    assert "The default organization of" in do(proven, path, path="Acme")
    mel.refresh_from_db()
    assert mel.default_organization_id == acme.pk


def test_revoke_a_token(proven: Client, mel: User) -> None:
    token = PersonalAccessToken.issue(mel, "robot")
    row = mel.access_tokens.get()
    assert "robot was revoked" in do(proven, f"/admin/tokens/{row.pk}/revoke")
    assert PersonalAccessToken.user_of(token) is None
    assert "can no longer be done" in do(proven, f"/admin/tokens/{row.pk}/revoke")


def test_an_organization_keeps_its_owner(proven: Client, acme: Organization) -> None:
    olivia = make_person("olivia", acme, "owner")
    path = f"/admin/memberships/{olivia.memberships.get().pk}/role"
    assert "at least one owner" in do(proven, path, role="guest")
    make_person("otto", acme, "owner")
    assert "The role of olivia is now guest" in do(proven, path, role="guest")


def test_call_an_organization_otherwise(proven: Client, acme: Organization) -> None:
    assert "The name of acme was changed to Acme &amp; Sons" in do(
        proven, f"/admin/organizations/{acme.pk}/name", name="Acme & Sons"
    )


def test_reserve_a_name_and_give_it_free(proven: Client, acme: Organization) -> None:
    page = "/admin/names/reserve"
    assert "Brand was reserved" in do(proven, page, name="Brand")
    assert "taken, kept or reserved" in do(proven, page, name="brand")
    assert "Use letters" in do(proven, page, name="a/b")
    route = Route.objects.get(key="brand")
    assert (route.kind, lines()[0]) == ("reserved", ("", "Reserve a name: done: Brand was reserved."))
    assert "Brand was released" in do(proven, f"/admin/names/{route.pk}/free")
    assert not Route.objects.filter(key="brand").exists()


def test_words_of_our_own_addresses_stay_reserved(proven: Client) -> None:
    reserve_words()
    word = Route.objects.get(key="dashboard")
    assert "Release the name" not in proven.get(f"/admin/names/{word.pk}").content.decode()
    assert "can no longer be done" in text_of(proven.post(f"/admin/names/{word.pk}/free").content.decode())
    assert Route.objects.filter(key="dashboard").exists()


def test_a_tombstone_is_given_free_from_below(proven: Client, project: Project) -> None:
    do(proven, f"{POD}/groups/{project.namespace_id}/delete", confirm="tools")
    above, below = Route.objects.filter(kind="tombstone").order_by("path")
    assert "Names below" in do(proven, f"/admin/names/{above.pk}/free")
    do(proven, f"/admin/names/{below.pk}/free")
    do(proven, f"/admin/names/{above.pk}/free")
    assert not Route.objects.filter(kind="tombstone").exists()


def test_rename_a_project(proven: Client, project: Project) -> None:
    shown = do(proven, f"{POD}/projects/{project.pk}/rename", path="mallet")
    assert "tools/hammer was renamed to tools/mallet" in shown
    assert set(Route.objects.filter(key__startswith="tools/").values_list("path", "kind")) == {
        ("tools/hammer", "redirect"),
        ("tools/mallet", "live"),
    }
    assert lines()[0][0] == "tools/hammer on pod_us0"


def test_delete_a_group(proven: Client, project: Project) -> None:
    path = f"{POD}/groups/{project.namespace_id}/delete"
    assert "Type exactly tools" in do(proven, path, confirm="tool")
    assert "tools and everything in it were deleted" in do(proven, path, confirm="tools")
    assert not Project.objects.exists()
    assert not Route.objects.filter(kind="live").exists()


def test_what_is_not_served_here_is_changed_by_nobody(proven: Client, project: Project) -> None:
    OrganizationState.objects.filter(pk=project.organization_id).update(state="fenced")
    assert "This pod does not serve the organization" in do(
        proven, f"{POD}/projects/{project.pk}/delete", confirm=project.full_path
    )
    assert Project.objects.filter(pk=project.pk).exists()


def test_a_persons_namespace_goes_with_the_person(proven: Client, acme: Organization, mel: User) -> None:
    own = Namespace.objects.create(
        organization_id=acme.pk, kind="user", path="mel", full_path="mel", name="Mel", owner_id=mel.pk
    )
    assert "Delete" not in proven.get(f"{POD}/groups/{own.pk}").content.decode()
    assert "can no longer be done" in text_of(
        proven.post(f"{POD}/groups/{own.pk}/delete", {"confirm": "mel"}).content.decode()
    )


def test_pause_and_resume_a_runner(proven: Client, acme: Organization) -> None:
    runner = Runner.objects.create(organization_id=acme.pk, description="big")
    assert "no longer takes jobs" in do(proven, f"{POD}/runners/{runner.pk}/pause")
    assert "big takes jobs" in do(proven, f"{POD}/runners/{runner.pk}/resume")
    assert [name for name, _ in lines()] == ["big on pod_us0"] * 2


def test_an_act_asks_for_the_password_first(admin: Client, mel: User) -> None:
    path = f"/admin/users/{mel.pk}/deactivate"
    assert "Confirm your password" in admin.post(path).content.decode()
    mel.refresh_from_db()
    assert mel.is_active
    assert lines() == []
    assert admin.post(path, {"reauthentication_password": PASSWORD}).status_code == 302
    mel.refresh_from_db()
    assert not mel.is_active


def test_a_link_on_somebodys_page_does_nothing(root: User, mel: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(root).cookies
    sent = {"reauthentication_password": PASSWORD}
    assert strict.post(f"/admin/users/{mel.pk}/deactivate", sent).status_code == 403
    mel.refresh_from_db()
    assert mel.is_active


def test_the_audit_log_is_a_list(proven: Client, mel: User) -> None:
    do(proven, f"/admin/users/{mel.pk}/sign_out")
    for query in ("", "?q=root"):
        shown = text_of(proven.get(f"/admin/audit{query}").content.decode())
        assert "mel was signed out everywhere" in shown
    assert "No results for" in text_of(proven.get("/admin/audit?q=mel").content.decode())


def test_transfer_a_group_to_another_organization(proven: Client, project: Project, mel: User) -> None:
    more = make_organization("more")
    address = f"{POD}/groups/{project.namespace_id}/transfer"
    project.members.create(organization_id=project.organization_id, user_id=mel.pk, role="developer")
    assert "There is no organization &#x27;nowhere&#x27;." in do(proven, address, organization="nowhere")
    told = "1 of its people do not belong to more: mel (developer of tools/hammer)."
    assert told in do(proven, address, organization="more")
    assert Project.objects.get().organization_id == project.organization_id
    shown = do(proven, address, organization="more", remove_members="on")
    assert "tools and everything in it belong to more now" in shown
    assert Project.objects.get().organization_id == more.pk
    assert not project.members.exists()
    assert [message.partition(":")[2][:9] for _, message in lines()] == [" refused:", " refused:", " done: to"]


def test_only_a_top_level_group_is_transferred(proven: Client, project: Project) -> None:
    inner = create_namespace(project.organization_id, "inner", parent=project.namespace, name="Inner")
    assert "Transfer to another organization" not in proven.get(f"{POD}/groups/{inner.pk}").content.decode()


def test_a_transfer_asks_for_the_password_first(admin: Client, project: Project) -> None:
    more = make_organization("more")
    admin.post(f"{POD}/groups/{project.namespace_id}/transfer", {"organization": "more", "remove_members": "on"})
    assert Project.objects.get().organization_id != more.pk
    assert lines() == []
