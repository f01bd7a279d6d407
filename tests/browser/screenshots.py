"""Pictures of the main pages for the docs: `make screenshots` brings up a demo cluster and takes them."""

from __future__ import annotations

import sys

from playwright.sync_api import Browser, expect

from tests.browser.chromium import CHROMIUM, chromium
from tests.browser.moving import pages_of_a_move
from tests.browser.pages import MAIN_PAGES, MainPage
from tests.browser.person import Person
from tests.running_cluster import RunningCluster, running_cluster
from topology.places import CHECKOUT

FOLDER = CHECKOUT / "docs" / "screenshots"
DESK = {"width": 960, "height": 540}
PHONE = {"width": 375, "height": 640}
LONG_MS = 30_000
ON_A_PHONE = "organization-dashboard"


def main() -> int:
    """Write them all anew; 1 when this machine has no Chromium."""
    if CHROMIUM is None:
        print("There is no Chromium on this machine. Install it (Debian: apt-get install chromium).", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with running_cluster() as cluster, chromium() as browser:
        for page in MAIN_PAGES:
            _take(cluster, browser, page, DESK, page.name)
            if page.name == ON_A_PHONE:
                _take(cluster, browser, page, PHONE, f"{page.name}-phone")
        for page in pages_of_a_move(cluster):
            _take(cluster, browser, page, DESK, page.name)
    return 0


def _take(cluster: RunningCluster, browser: Browser, page: MainPage, size: dict[str, int], name: str) -> None:
    context = browser.new_context(viewport=size, color_scheme="light")  # type: ignore[arg-type]
    person = Person(cluster, context.new_page(), "eu")
    if page.username:
        person.sign_in(page.username)
    person.go(page.path)
    if person.page.locator("[data-counts]").count():
        person.counts()
    if person.page.locator("#cluster").count():
        # Rates need a second look.
        expect(person.page.locator("#cluster")).not_to_contain_text("unknown", timeout=LONG_MS)
    if page.is_pictured_whole:
        # A screen as high as the page, so that what sticks to its end covers nothing; what is never higher than the
        # screen has grown with it, so twice.
        for _ in range(2):
            height: int = person.page.evaluate("document.documentElement.scrollHeight")
            person.page.set_viewport_size({"width": size["width"], "height": height})
    person.page.screenshot(path=FOLDER / f"{name}.png")
    context.close()
    print(FOLDER / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
