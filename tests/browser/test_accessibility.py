"""Every page by axe-core's rules of WCAG 2.2 (A and AA), in light and dark, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from playwright.sync_api import Browser, expect

from monolith.demo_facts import PASSWORD
from pods.views import refusals
from tests.browser.conftest import Come
from tests.browser.every_page import API, EVERY_PAGE, NO_PAGES, address, patterns_of
from tests.browser.pages import MainPage
from tests.browser.person import Person
from tests.browser.test_forms import send
from tests.databases import database
from tests.mailbox import mailed_link, without_host
from tests.patterns import built, taking
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor
from users.reauthentication import FIELD

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Else axe copies stylesheets into the page, which the page's content policy refuses.
    "preload": False,
    # Elements that pass are not described.
    "resultTypes": ["violations"],
}
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}
REFUSALS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "server error": refusals.server_error,
    "unavailable": lambda request: refusals.unavailable(request, refusals.OUTAGE),
    "conflict": lambda request: refusals.conflict(request, refusals.ONE_OWNER),
    "form refused": refusals.form_refused,
}

Look = Callable[[str, str], Person]


@pytest.fixture(scope="module")
def look(browser: Browser, cluster: RunningCluster) -> Iterator[Look]:
    """The window of somebody in a region: signed in once, and the same for all pages."""
    people: dict[tuple[str, str], Person] = {}

    def at(region: str, username: str) -> Person:
        if (region, username) not in people:
            person = Person(cluster, browser.new_page(), region)
            if username:
                person.sign_in(username)
            people[region, username] = person
        person = people[region, username]
        person.problems.clear()
        return person

    yield at
    for person in people.values():
        person.page.context.close()


@pytest.fixture(scope="module")
def logged(cluster: RunningCluster) -> None:
    """Both logs of the Admin Area have a line, and an organization was to be moved."""
    for change in (("set", "session_hours", "300"), ("unset", "session_hours")):
        done = cluster.manage("settings", *change)
        assert done.returncode == 0, done.stderr
    reserve = "/admin/names/reserve"
    with Visitor(cluster, "us") as root:
        root.sign_in("root")
        root.submit(reserve, reserve, name="kept-for-axe", **{FIELD: PASSWORD})
    with database(cluster, "shared", "routes") as execute:
        execute(
            "INSERT INTO organization_moves (id, organization_id, source, target, state, asked_by) "
            "SELECT gen_random_uuid(), id, pod_id, 'pod_us1', 'aborted', 'root' FROM organizations "
            "WHERE path = 'my-organization'"
        )


def broken(person: Person) -> list[object]:
    """The rules that the page breaks, in both colours on a desk and on a phone."""
    found: list[object] = []
    person.page.evaluate(AXE_SCRIPT)
    for size, colours in ((DESK, "light"), (DESK, "dark"), (PHONE, "light")):
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
        # Colours that fade into each other are no colours of the page.
        person.page.evaluate("document.getAnimations().forEach(each => each instanceof CSSTransition && each.finish())")
        found += person.page.evaluate("rules => axe.run(rules).then(seen => seen.violations)", RULES)
    return found


def shows_all_on_a_phone(person: Person) -> None:
    person.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert person.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shown = "[...document.querySelectorAll('header a, button')].filter(e => e.checkVisibility())"
    small = person.page.evaluate(f"{shown}.filter(e => e.offsetHeight < 24).map(e => e.textContent)")
    assert small == []


def test_every_page_has_an_address_here() -> None:
    pages = {pattern for pattern in taking("GET") if not pattern.startswith(API)}
    missing = sorted(pages - patterns_of(EVERY_PAGE) - set(NO_PAGES))
    assert missing == [], "give each an address in tests/browser/every_page.py"


def test_what_needs_no_address_is_built() -> None:
    assert set(NO_PAGES) - set(built()) == set()


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    ("page", "region"),
    # Each once, and half of them in either region.
    [pytest.param(page, ("us", "eu")[at % 2], id=page.name.replace(" ", "-")) for at, page in enumerate(EVERY_PAGE)],
)
def test_no_rule_is_broken_and_a_phone_shows_all_of_it(look: Look, page: MainPage, region: str) -> None:
    person = look(region, page.username)
    assert person.go(address(person, page.path)) == page.status
    assert broken(person) == []
    shows_all_on_a_phone(person)
    assert person.problems == []


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_goes_wrong_is_told_so(look: Look, refusal: str) -> None:
    """Shown as a pod would: none of these can be had from a cluster that is well."""
    request = RequestFactory().get("/gitlab-org")
    request.pod = SimpleNamespace(request_id="0f0f0f0f-0000-4000-8000-000000000000", path=None)  # type: ignore[attr-defined]
    answer = REFUSALS[refusal](cast(HttpRequest, request))
    person = look("eu", "")
    shown = {"status": answer.status_code, "content_type": answer["Content-Type"], "body": answer.content}
    person.page.route("**/gitlab-org", lambda route: route.fulfill(**shown))
    assert person.go("/gitlab-org") == answer.status_code
    person.page.unroute("**/gitlab-org")
    assert broken(person) == []
    shows_all_on_a_phone(person)


def test_too_many_tries_are_told_so(come: Come) -> None:
    person = come("us")
    person.go("/users/sign_in")
    for _ in range(20):
        if person.sees("Too many failed sign-ins"):
            break
        send(person.page, "Sign in", Username="nobody.of.these", Password="wrong")
    assert person.sees("Too many failed sign-ins")
    assert broken(person) == []
    shows_all_on_a_phone(person)


def test_a_comment_and_its_forms(come: Come) -> None:
    mia = come("us", "mia")
    mia.go("/my-company/my-project/-/issues/1")
    text = (
        "# A\n\n- [ ] see #1\n- [x] ask @mia about it\n\n|a|b|\n|-|-|\n|1|2|\n\n> q\n\n```\ncode\n```\n"
        "A [link](https://a.example) and ![an image](https://b.example/i.png)."
    )
    send(mia.page, "Comment", Comment=text)
    assert broken(mia) == []
    shows_all_on_a_phone(mia)
    for act in ("Edit the comment", "Delete the comment"):
        mia.go("/my-company/my-project/-/issues/1")
        mia.page.get_by_role("link", name=act).last.click()
        assert broken(mia) == []
        shows_all_on_a_phone(mia)
    send(mia.page, "Delete comment")
    assert mia.sees("The comment was deleted.")
    assert mia.problems == []


def test_what_mails_lead_to(come: Come, cluster: RunningCluster) -> None:
    mia = come("eu", "mia")
    mia.go("/organizations/my-organization/-/members")
    send(mia.page, "Create invitation", Email_address="axe@example.com")
    visitor, newcomer = come("us"), come("eu", "newcomer")
    link = without_host(mailed_link(cluster, "axe@example.com", "/-/invites/"))
    for person in (visitor, newcomer):
        assert person.go(link) == 200
        assert broken(person) == []
        shows_all_on_a_phone(person)
    visitor.go("/users/password/new")
    send(visitor.page, "Send reset link", Email="max@example.com")
    assert broken(visitor) == []
    assert visitor.go(without_host(mailed_link(cluster, "max@example.com", "/users/password/edit"))) == 200
    assert broken(visitor) == []
    shows_all_on_a_phone(visitor)


def test_another_mail_address_is_confirmed(come: Come, cluster: RunningCluster) -> None:
    person = come("us", "newcomer")
    person.go("/-/profile")
    send(person.page, "Change the address", New_address="axe-too@example.com")
    assert person.heading == "Confirm your password"
    assert broken(person) == []
    send(person.page, "Continue", Your_password=PASSWORD)
    assert person.sees("axe-too@example.com waits")
    assert broken(person) == []
    shows_all_on_a_phone(person)
    link = without_host(mailed_link(cluster, "axe-too@example.com", "/-/profile/email/confirm/"))
    assert person.go(link) == 200
    assert broken(person) == []
    shows_all_on_a_phone(person)
    person.go("/-/profile")
    person.page.get_by_role("button", name="Keep the old address").click()
    assert person.go(link) == 410
    assert broken(person) == []


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
    stops = person.page.locator("a, button, input, summary").count()
    for _ in range(stops):
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
