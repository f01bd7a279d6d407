"""Somebody who looks at pages and clicks."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from monolith.demo_facts import PASSWORD
from tests.running_cluster import RunningCluster
from tests.visitor import below_header

NUMBER = re.compile(r"\d+")
COUNTS = ("issues", "merge_requests", "todos")


class Person:
    """A browser at the router of a region. Cookies hold for all regions, as they do on one domain."""

    def __init__(self, cluster: RunningCluster, page: Page, region: str) -> None:
        self._cluster = cluster
        self.page = page
        self.region = region
        self.problems: list[str] = []
        """What the page's scripts and its content policy complained about."""
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self.problems.append(message.text) if _is_problem(message.text) else None)

    def go(self, path: str) -> int:
        """Type an address; returns the status of the page that one ends at."""
        answer = self.page.goto(f"{self._cluster.url(self.region)}{path}")
        assert answer is not None
        return answer.status

    @property
    def path(self) -> str:
        """Of the page that is shown, with its query; it is at this region's router."""
        shown = urlsplit(self.page.url)
        assert self.page.url.startswith(self._cluster.url(self.region)), self.page.url
        return f"{shown.path}?{shown.query}" if shown.query else shown.path

    @property
    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def sees(self, text: str) -> bool:
        return text in self.page.locator("body").inner_text()

    @property
    def page_below_header(self) -> str:
        """The HTML of the page without its header, whose menus are the same on every page."""
        return below_header(self.page.content())

    def click(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Through the form, from the page that is shown if that is it."""
        if not self.page.url.startswith("http") or not self.path.startswith("/users/sign_in"):
            self.go("/users/sign_in")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("link", name="Sign out")).to_be_visible()

    def counts(self) -> dict[str, int]:
        """What the top bar shows, once the browser has fetched it."""
        for each in COUNTS:
            expect(self.page.locator(f"[data-count={each}]")).to_have_text(NUMBER)
        return {each: int(self.page.locator(f"[data-count={each}]").inner_text()) for each in COUNTS}


def _is_problem(text: str) -> bool:
    """Whether the browser complains; that a page is a 404 is none, and said by the test."""
    return "Content Security Policy" in text or "Uncaught" in text
