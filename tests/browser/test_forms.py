"""What people make, change and end by the pages' own forms, in both regions, and which pod does it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from monolith.demo_facts import PASSWORD
from tests.browser.conftest import Come
from tests.browser.person import Person

REGIONS = pytest.mark.parametrize("region", ["us", "eu"])
MY_GROUPS = "/organizations/my-organization/-/groups"
TOKEN = {"X-Gitlab-Debug-Token": "demo-debug"}


def send(page: Page, button: str, **fields: str) -> None:
    """Fill a form's fields in by their labels, `_` for a space, and send it."""
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    page.get_by_role("button", name=button, exact=True).click()


def served_by(person: Person, path: str) -> str:
    """The pod that answers an address for operators."""
    person.page.set_extra_http_headers(TOKEN)
    answer = person.page.goto(person.page.url.partition(person.path)[0] + path)
    person.page.set_extra_http_headers({})
    assert answer is not None
    return answer.headers["x-gitlab-pod"]


@REGIONS
def test_a_group_is_made_renamed_and_deleted(come: Come, region: str) -> None:
    mia = come(region, "mia")
    mia.go(MY_GROUPS)
    mia.click("New group")
    send(mia.page, "Create group", Name="Browsers", Path=f"browsers-{region}")
    assert mia.path == f"/browsers-{region}"
    assert mia.heading == "Browsers"
    assert served_by(mia, f"/browsers-{region}") == "pod_eu0"
    mia.click("Settings")
    send(mia.page, "Change path", New_path=f"readers-{region}")
    mia.go(f"/browsers-{region}")
    assert mia.path == f"/readers-{region}"
    mia.click("Settings")
    send(mia.page, "Delete group", **{f"Type_readers-{region}_to_confirm": f"readers-{region}"})
    assert mia.go(f"/readers-{region}") == 404
    assert mia.problems == []


@REGIONS
def test_a_project_is_made_and_transferred_and_works(come: Come, region: str) -> None:
    mia = come(region, "mia")
    mia.go("/my-company")
    mia.click("New project")
    send(mia.page, "Create project", Name="Moving", Path=f"moving-{region}")
    assert mia.heading == "Moving"
    mia.click("New issue")
    send(mia.page, "Create issue", Title="Carry it over")
    send(mia.page, "Comment", Comment="Half of it is there.")
    assert mia.sees("Half of it is there.")
    mia.page.get_by_role("button", name="Close issue").click()
    assert mia.page.get_by_role("button", name="Reopen issue").is_visible()
    mia.go(f"/my-company/moving-{region}/-/edit")
    send(mia.page, "Transfer project", Parent_group="my-company/team")
    mia.go(f"/my-company/moving-{region}/-/issues/1")
    assert mia.path == f"/my-company/team/moving-{region}/-/issues/1"
    assert mia.heading == "Carry it over"


@REGIONS
def test_an_owner_deletes_an_issue(come: Come, region: str) -> None:
    mia = come(region, "mia")
    mia.go("/my-company/my-project/-/issues/new")
    send(mia.page, "Create issue", Title=f"Opened by mistake in {region}")
    issue = mia.path
    confirmation = f"my-company/my-project#{issue.rpartition('/')[2]}"
    mia.click("Delete")
    assert mia.sees(f"Opened by mistake in {region}")
    send(mia.page, "Delete issue", **{f"Type_{confirmation}_to_confirm": "another"})
    assert mia.page.get_by_label(f"Type {confirmation} to confirm").get_attribute("aria-invalid") == "true"
    send(mia.page, "Delete issue", **{f"Type_{confirmation}_to_confirm": confirmation})
    assert mia.path == "/my-company/my-project/-/issues"
    assert not mia.sees(f"Opened by mistake in {region}")
    assert mia.go(issue) == 404
    assert mia.problems == []


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("button", ["Change organization", "Create group"])
def test_the_organization_is_a_field_and_what_was_typed_survives_a_change(
    come: Come, scripts: bool, button: str
) -> None:
    mia = come("eu", "mia", scripts=scripts)
    mia.go("/groups/new")
    organization = mia.page.get_by_label("Organization", exact=True)
    assert organization.input_value() == ""
    assert mia.sees("isolated from your organizations")
    mia.page.get_by_label("Name").fill("Crème brûlée")
    mia.page.get_by_label("Path").fill("Dessert.2")
    mia.page.get_by_label("Visibility").select_option("internal")
    organization.select_option(label="My Organization")
    mia.page.get_by_role("button", name=button, exact=True).click()
    assert mia.path == f"{MY_GROUPS}/new?kept"
    assert not mia.sees("isolated from your organizations")
    shown = [mia.page.get_by_label(each, exact=True).input_value() for each in ("Organization", "Name", "Path")]
    assert shown == ["my-organization", "Crème brûlée", "Dessert.2"]
    assert mia.page.get_by_label("Visibility").input_value() == "internal"
    assert mia.page.locator("[aria-invalid=true]").count() == 0
    assert mia.problems == []


def test_enter_creates_and_does_not_change_the_organization(come: Come) -> None:
    mia = come("us", "mia")
    mia.go(f"{MY_GROUPS}/new")
    mia.page.get_by_label("Name").fill("Not mine")
    mia.page.get_by_label("Path").fill("gitlab-org")
    mia.page.get_by_label("Path").press("Enter")
    assert mia.sees("This path is taken.")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("My Tools", "my-tools"),
        ("Crème Brûlée & Co.", "creme-brulee-co"),
        ("Übergröße Søren Łódź", "uebergroesse-soren-lodz"),
        ("  -.dots.and-- dashes.-  ", "dots.and---dashes"),
        ("日本", ""),
    ],
)
def test_the_path_follows_the_name(come: Come, name: str, path: str) -> None:
    mia = come("us", "mia")
    mia.go(f"{MY_GROUPS}/new")
    mia.page.get_by_label("Name").fill(name)
    assert mia.page.get_by_label("Path").input_value() == path
    assert mia.problems == []


def test_the_path_follows_the_name_until_it_is_edited(come: Come) -> None:
    mia = come("us", "mia")
    mia.go("/my-company/-/projects/new")
    name, path = mia.page.get_by_label("Name"), mia.page.get_by_label("Path")
    name.fill("First")
    path.fill("mine")
    name.fill("Second")
    assert path.input_value() == "mine"
    path.fill("")
    name.fill("Third")
    assert path.input_value() == "third"


@REGIONS
def test_a_taken_path_is_told_beside_its_field(come: Come, region: str) -> None:
    mia = come(region, "mia")
    mia.go(f"{MY_GROUPS}/new")
    send(mia.page, "Create group", Name="Not mine", Path="gitlab-org")
    path = mia.page.get_by_label("Path")
    assert path.get_attribute("aria-invalid") == "true"
    assert path.input_value() == "gitlab-org"
    assert mia.sees("This path is taken.")


def test_a_token_is_shown_once_and_revoked(come: Come) -> None:
    mia = come("us", "mia")
    mia.go("/-/profile")
    mia.click("Access tokens")
    send(mia.page, "Create token", Name="browser test")
    send(mia.page, "Continue", Your_password=PASSWORD)
    assert mia.page.get_by_label("Your new token").input_value().startswith("glpat-")
    mia.go("/-/profile/personal_access_tokens")
    assert mia.page.get_by_label("Your new token").count() == 0
    mia.page.get_by_role("button", name="Revoke browser test").click()
    assert not mia.page.get_by_role("button", name="Revoke browser test").is_visible()


def test_another_default_organization_is_followed_at_once_in_both_regions(come: Come) -> None:
    member = come("us", "team-member")
    choice = "Default organization"
    try:
        member.go("/-/profile/preferences")
        member.page.get_by_label(choice).select_option(label="My Organization")
        member.page.get_by_role("button", name="Save").click()
        member.region = "eu"
        member.go("/")
        assert member.path == "/organizations/my-organization/-/dashboard"
    finally:
        member.go("/-/profile/preferences")
        member.page.get_by_label(choice).select_option(label="GitLab.com Public")
        member.page.get_by_role("button", name="Save").click()
    member.region = "us"
    member.go("/")
    assert member.path == "/dashboard"


@pytest.mark.parametrize(
    "path",
    ["/dashboard", "/dashboard/projects", "/dashboard/groups", "/dashboard/todos", "/projects/new", "/groups/new"],
)
def test_legacy_users_read_no_word_about_organizations(come: Come, path: str) -> None:
    newcomer = come("eu", "newcomer")
    newcomer.go(path)
    assert newcomer.path == path
    assert "organization" not in newcomer.page_below_header.lower()
    assert newcomer.page.locator(".sections [aria-current]").count() == 1


def test_sections_lead_to_every_page_of_the_organization(come: Come) -> None:
    mia = come("us", "mia")
    mia.go("/organizations/my-organization/-/dashboard")
    for title in ("Projects", "Groups", "Issues", "Merge requests", "To-do items", "Members", "Settings"):
        mia.page.locator(".sections").get_by_role("link", name=title, exact=True).click()
        assert mia.page.locator(".sections [aria-current]").inner_text() == title


def test_a_wrong_password_deactivates_nobody(come: Come) -> None:
    mia = come("eu", "mia")
    mia.go("/-/profile/account")
    send(mia.page, "Deactivate my account", Password=f"not {PASSWORD}")
    assert mia.sees("The password is incorrect.")
