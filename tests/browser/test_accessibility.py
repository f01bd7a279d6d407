"""The main pages by axe-core's rules of WCAG 2.2 (A and AA), in light and dark, on a desk and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Come
from tests.browser.pages import MAIN_PAGES, MainPage

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Else axe copies stylesheets into the page, which the page's content policy refuses.
    "preload": False,
}
EACH = pytest.mark.parametrize("page", MAIN_PAGES, ids=lambda page: page.name)


@EACH
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_rule_is_broken(come: Come, page: MainPage, colours: str) -> None:
    person = come("eu", page.username)
    person.page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
    assert person.go(page.path) == page.status
    assert Axe().run(person.page, options=RULES).response["violations"] == []
    assert person.problems == []


@EACH
def test_a_phone_shows_all_of_it(come: Come, page: MainPage) -> None:
    person = come("us", page.username, phone=True)
    person.go(page.path)
    person.page.set_viewport_size({"width": 320, "height": 640})
    assert person.page.evaluate("document.documentElement.scrollWidth") <= 320
    shown = "[...document.querySelectorAll('header a, button')].filter(e => e.checkVisibility())"
    small = person.page.evaluate(f"{shown}.filter(e => e.offsetHeight < 24).map(e => e.textContent)")
    assert small == []


def test_the_keyboard_goes_from_the_skip_link_to_the_content(come: Come) -> None:
    person = come("eu", "mia")
    person.go("/my-company/my-project")
    person.page.keyboard.press("Tab")
    assert person.page.evaluate("document.activeElement.textContent") == "Skip to content"
    person.page.keyboard.press("Enter")
    assert person.page.evaluate("document.activeElement.id") == "content"
    person.page.keyboard.press("Tab")
    assert person.page.evaluate("document.activeElement.textContent") == "My Organization"


def test_what_has_the_focus_shows_it(come: Come) -> None:
    person = come("eu", "mia")
    person.go("/users/sign_out")
    for _ in range(8):
        person.page.keyboard.press("Tab")
        assert person.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if person.page.evaluate("document.activeElement.tagName") == "BUTTON":
            return
    raise AssertionError("the keyboard does not reach the button")


def test_one_can_sign_in_with_the_keyboard(come: Come) -> None:
    person = come("us")
    person.go("/users/sign_in")
    expect(person.page.get_by_label("Username")).to_be_focused()
    person.page.keyboard.type("mia")
    person.page.keyboard.press("Tab")
    person.page.keyboard.type("pods-demo")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**/-/dashboard")
    assert person.heading == "Dashboard"
