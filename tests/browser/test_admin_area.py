"""An administrator's ways through the Admin Area, in both regions."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from monolith.demo_facts import PASSWORD
from tests.browser.conftest import Come
from tests.browser.person import Person

REGIONS = pytest.mark.parametrize("region", ["us", "eu"])


def pick(person: Person, pod: str) -> None:
    """Choose a pod in the header."""
    person.page.locator(".picker summary").click()
    person.page.locator(".picker").get_by_role("link", name=pod, exact=True).click()


def search(person: Person, text: str) -> None:
    """In the list that is shown."""
    person.page.get_by_label("Search", exact=True).fill(text)
    person.page.get_by_role("button", name="Search").click()


@REGIONS
def test_an_administrator_looks_for_a_user(come: Come, region: str) -> None:
    root = come(region, "root")
    root.go("/admin")
    assert root.heading == "Shared by all pods"
    root.click("Users")
    search(root, "MAX")
    expect(root.page.locator("#result_list tbody tr")).to_have_count(1)
    root.click("max")
    assert root.heading == "max"
    assert root.sees("my-organization")
    assert root.sees("Served by pod_us0 in us")
    assert root.problems == []


@REGIONS
def test_the_picker_goes_to_the_same_list_of_another_pod(come: Come, region: str) -> None:
    root = come(region, "root")
    root.go("/admin/pods/pod_0/projects")
    assert root.path == "/admin/pods/pod_us0/projects"
    assert root.sees("gitlab-org/gitlab-test")
    pick(root, "pod_eu1")
    assert root.path == "/admin/pods/pod_eu1/projects"
    assert root.sees("Served by pod_eu1 in eu")
    assert root.sees("makers/widgets")
    assert not root.sees("gitlab-org/gitlab-test")
    root.click("makers/widgets")
    pick(root, "pod_us1")
    assert root.path == "/admin/pods/pod_us1/projects"
    assert root.sees("alice/dotfiles")
    root.click("Jobs")
    pick(root, "All pods")
    assert root.path == "/admin"
    assert root.problems == []


@REGIONS
def test_an_act_asks_for_the_password_once(come: Come, region: str) -> None:
    root = come(region, "root")
    name = f"kept-by-{region}"
    root.go("/admin/names")
    root.click("Reserve a name")
    root.page.get_by_label("Name").fill(name)
    root.page.get_by_role("button", name="Reserve a name").click()
    assert root.heading == "Confirm your password"
    root.page.get_by_label("Your password").fill("a wrong one")
    root.page.get_by_role("button", name="Continue").click()
    expect(root.page.get_by_role("alert")).to_contain_text("The password is incorrect")
    root.page.get_by_label("Your password").fill(PASSWORD)
    root.page.get_by_role("button", name="Continue").click()
    expect(root.page.locator(".messagelist")).to_contain_text(f"{name} was reserved.")
    root.click("Reserved names")
    search(root, name)
    root.click(name)
    root.click("Release the name")
    root.page.get_by_role("button", name="Release the name").click()
    expect(root.page.locator(".messagelist")).to_contain_text(f"{name} was released.")
    root.click("Audit log")
    assert root.sees(f"Release the name: done: {name} was released.")
    assert root.problems == []


def test_a_pod_that_is_not_listed_has_no_pages(come: Come) -> None:
    root = come("us", "root")
    assert root.go("/admin/pods/pod_nope/projects") == 404
    assert root.heading == "Page not found"


def test_others_do_not_find_it(come: Come) -> None:
    mia = come("eu", "mia")
    assert mia.go("/admin") == 404
    visitor = come("eu")
    visitor.go("/admin/users")
    assert visitor.path.startswith("/users/sign_in?redirect=")
    visitor.sign_in("root")
    assert visitor.path == "/admin/users"
