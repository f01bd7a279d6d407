"""A real browser in front of both routers of the running cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import CHROMIUM, chromium
from tests.browser.person import Person
from tests.running_cluster import RunningCluster

# Where CI is set, a machine without one fails: nobody would notice that these tests are skipped.
SKIPPED = CHROMIUM is None and not os.environ.get("CI")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(SKIPPED, reason="there is no Chromium on this machine"))


# Not longer than these tests: Playwright's event loop keeps Django from its databases.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


Come = Callable[..., Person]


@pytest.fixture
def come(browser: Browser, cluster: RunningCluster) -> Iterator[Come]:
    """Somebody comes to a region with a browser of their own; with a username they sign in."""
    contexts: list[BrowserContext] = []

    def arrive(region: str, username: str = "", *, scripts: bool = True, phone: bool = False) -> Person:
        size = {"width": 375, "height": 720} if phone else {"width": 1280, "height": 800}
        context = browser.new_context(java_script_enabled=scripts, viewport=size)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        person = Person(cluster, context.new_page(), region)
        if username:
            person.sign_in(username)
        return person

    yield arrive
    for context in contexts:
        context.close()
