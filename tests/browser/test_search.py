"""The search box, what one looked at last, and the search of all one's organizations, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Come
from tests.browser.person import Person
from tests.browser.test_accessibility import broken, shows_all_on_a_phone
from tests.running_cluster import RunningCluster

HOME = "/organizations/my-organization/-"


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search ")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def forget(person: Person, search: str = f"{HOME}/search") -> None:
    """Nothing was looked at before."""
    person.go(search)
    button = person.page.get_by_role("button", name="Forget all")
    if button.count():
        button.click()
        expect(person.page.get_by_text("What you viewed was forgotten.")).to_be_visible()


def test_the_keyboard_finds_and_opens_something(come: Come) -> None:
    mia = come("us", "mia")
    mia.go("/-/profile")
    page = mia.page
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("my-proj")
    expect(options(page).first).to_contain_text("my-company/my-project")
    assert box(page).get_attribute("aria-expanded") == "true"
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[aria-selected=true]")
    expect(chosen).to_contain_text("my-company/my-project")
    assert box(page).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("All results for")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my-company/my-project")
    assert mia.problems == []


def test_escape_closes_and_keeps_what_was_typed(come: Come) -> None:
    mia = come("eu", "mia")
    mia.go("/my-company")
    page = mia.page
    box(page).fill("my-proj")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box(page)).to_be_focused()
    assert (box(page).input_value(), box(page).get_attribute("aria-expanded")) == ("my-proj", "false")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}/search?search=my-proj")
    page.get_by_label("Words in names, titles and descriptions").press("/")
    expect(box(page)).not_to_be_focused()


def test_a_click_opens_a_suggestion_and_the_next_tab_leaves_them(come: Come) -> None:
    mia = come("us", "mia")
    mia.go("/my-company")
    box(mia.page).fill("my-proj")
    expect(options(mia.page).first).to_be_visible()
    mia.page.keyboard.press("Tab")
    expect(mia.page.get_by_role("listbox")).to_be_hidden()
    box(mia.page).click()
    options(mia.page).first.click()
    mia.page.wait_for_url("**/my-company/my-project")


def test_odd_texts_are_answered(come: Come) -> None:
    mia = come("eu", "mia")
    mia.go("/my-company")
    status = mia.page.locator(".found [role=status]")
    for text, answer in {
        "!(a | b) & c:*": "No matching results.",
        "x" * 201: "Search for at most 200 characters. You entered 201.",
    }.items():
        box(mia.page).fill(text)
        expect(status).to_have_text(answer)
    assert mia.problems == []


@pytest.mark.parametrize("answer", [{"status": 503, "body": "<html>"}, {"status": 200, "body": "{}"}])
def test_without_suggestions_the_box_says_so_and_still_searches(come: Come, answer: dict[str, object]) -> None:
    mia = come("us", "mia")
    mia.page.route("**/suggestions.json?*", lambda route: route.fulfill(**answer))
    mia.go("/my-company")
    box(mia.page).fill("my-proj")
    expect(mia.page.get_by_text("Suggestions are not available at the moment.")).to_be_visible()
    mia.page.keyboard.press("Enter")
    mia.page.wait_for_url(f"**{HOME}/search?search=my-proj")
    assert mia.sees("my-company/my-project")


def test_without_scripts_the_box_is_a_form(come: Come) -> None:
    mia = come("eu", "mia", scripts=False)
    mia.go("/my-company")
    mia.page.get_by_placeholder("Search My Organization").fill("my-proj")
    mia.page.keyboard.press("Enter")
    mia.page.wait_for_url(f"**{HOME}/search?search=my-proj")
    assert mia.sees("my-company/my-project")


def test_recents_are_shown_first_and_can_be_removed(come: Come) -> None:
    max_ = come("us", "max")
    forget(max_)
    for path in ("/my-company", "/my-company/my-project", "/my-company/my-project/-/issues/1"):
        max_.go(path)
    title = max_.heading
    max_.go("/-/profile")
    max_.page.keyboard.press("/")
    for at, found in enumerate((title, "my-company/my-project", "my-company")):
        expect(options(max_.page).nth(at)).to_contain_text(found)
    assert broken(max_) == []
    shows_all_on_a_phone(max_)
    max_.go(f"{HOME}/search")
    max_.page.get_by_role("button", name=f"Remove {title}").click()
    expect(max_.page.get_by_role("button", name="Remove my-company/my-project")).to_be_visible()
    expect(max_.page.get_by_role("button", name=f"Remove {title}")).to_have_count(0)
    forget(max_)
    expect(max_.page.get_by_role("heading", name="Recently viewed")).to_have_count(0)


def test_open_suggestions_break_no_rule(come: Come) -> None:
    mia = come("eu", "mia")
    mia.go("/my-company")
    box(mia.page).fill("my")
    expect(options(mia.page).first).to_be_visible()
    mia.page.keyboard.press("ArrowDown")
    assert broken(mia) == []
    shows_all_on_a_phone(mia)
    assert mia.problems == []


EVERYWHERE = "/-/search?search=my-proj"


def part(person: Person, name: str) -> Locator:
    return person.page.get_by_role("region", name=name, exact=True)


def test_search_and_recents_before_and_after_their_pod_was_down(come: Come, breakable_cluster: RunningCluster) -> None:
    """Of a legacy user who is a guest: both organizations answer, one does not, both do."""
    member = come("us", "team-member")
    forget(member)
    member.go("/my-company/my-project")
    member.go(EVERYWHERE)
    expect(part(member, "My Organization").get_by_role("link", name="my-company/my-project")).to_be_visible()
    expect(part(member, "GitLab.com Public").get_by_text("No matching results.")).to_be_visible()
    expect(member.page.get_by_text("All organizations were asked.")).to_be_visible()
    assert broken(member) == []
    breakable_cluster.ask("stop", "pod_eu0")
    member.go(EVERYWHERE)
    mine = part(member, "My Organization")
    expect(mine.get_by_text("My Organization cannot be searched at the moment.")).to_be_visible(timeout=20_000)
    expect(part(member, "GitLab.com Public").get_by_text("No matching results.")).to_be_visible()
    assert broken(member) == []
    shows_all_on_a_phone(member)
    breakable_cluster.ask("start", "pod_eu0")
    breakable_cluster.wait_until_healthy()
    mine.get_by_role("button", name="Try again to search My Organization").click()
    expect(mine.get_by_role("link", name="my-company/my-project")).to_be_visible()
    member.go(f"{HOME}/search")
    expect(member.page.get_by_role("button", name="Remove my-company/my-project")).to_be_visible()
    assert member.problems == []


def test_without_scripts_each_organization_is_searched_by_a_link(come: Come) -> None:
    member = come("eu", "team-member", scripts=False)
    member.go(EVERYWHERE)
    assert member.sees("Without JavaScript, search one organization at a time.")
    member.click("Search My Organization only")
    assert member.path == f"{HOME}/search?search=my-proj"
    assert member.sees("my-company/my-project")
