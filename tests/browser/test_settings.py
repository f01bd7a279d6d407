"""An administrator changes a setting, and every pod of both regions acts by it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from monolith.demo_facts import PASSWORD
from tests.browser.conftest import Come
from tests.browser.person import Person
from tests.running_cluster import RunningCluster, eventually

MESSAGE = "Message on every page"


def shown_by(cluster: RunningCluster, pod: str) -> str:
    """The sign-in page, as one pod serves it."""
    return httpx.get(f"{cluster.pod_url(pod)}/users/sign_in", timeout=20).text


def save(person: Person) -> None:
    """Press the button, and say once more who one is if that is asked."""
    person.page.get_by_role("button", name="Save").click()
    if person.heading == "Confirm your password":
        person.page.get_by_label("Your password").fill(PASSWORD)
        person.page.get_by_role("button", name="Continue").click()


@pytest.fixture
def as_before(cluster: RunningCluster) -> Iterator[None]:
    yield
    assert cluster.manage("settings", "unset", "maintenance_message").returncode == 0
    assert cluster.manage("settings", "unset", "maintenance_message", "--pod", "pod_eu1").returncode == 0
    eventually(lambda: not any("rests at" in shown_by(cluster, pod) for pod in cluster.topology.pods))


@pytest.mark.usefixtures("as_before")
def test_a_change_reaches_every_pod(come: Come, cluster: RunningCluster) -> None:
    root = come("us", "root")
    root.go("/admin")
    root.click("Settings of all pods")
    root.page.get_by_label(MESSAGE, exact=True).fill("{pod} rests at noon")
    save(root)
    expect(root.page.get_by_text("There is no {pod}; what may stand in braces is {pod_id}, {region}.")).to_be_visible()
    root.page.get_by_label(MESSAGE, exact=True).fill("{pod_id} rests at noon")
    save(root)
    expect(root.page.locator(".messagelist")).to_contain_text("Saved.")
    for pod in cluster.topology.pods:
        eventually(lambda pod=pod: f"{pod} rests at noon" in shown_by(cluster, pod))  # type: ignore[misc]
    visitor = come("eu")
    visitor.go("/users/sign_in")
    # Any pod of the region serves it.
    assert [pod for pod in cluster.topology.pods if visitor.sees(f"{pod} rests at noon")] in (["pod_eu0"], ["pod_eu1"])

    root.page.get_by_role("link", name=f"{MESSAGE} on each pod").click()
    root.page.get_by_label("Own value of pod_eu1").fill("This pod rests at ten")
    save(root)
    row = root.page.get_by_role("row").filter(has=root.page.get_by_role("rowheader", name="pod_eu1"))
    expect(row).to_contain_text("own value")
    eventually(lambda: "This pod rests at ten" in shown_by(cluster, "pod_eu1"))
    root.click("Setting changes")
    expect(root.page.locator("#result_list tbody tr").first).to_contain_text("This pod rests at ten")
    assert root.problems == visitor.problems == []


@pytest.mark.usefixtures("as_before")
def test_the_second_of_two_administrators_is_told(come: Come) -> None:
    first, second = come("us", "root"), come("eu", "root")
    for person in (first, second):
        person.go("/admin/settings")
    first.page.get_by_label(MESSAGE, exact=True).fill("It rests at noon")
    save(first)
    expect(first.page.locator(".messagelist")).to_contain_text("Saved.")
    second.page.get_by_label(MESSAGE, exact=True).fill("It rests at ten")
    save(second)
    expect(second.page.get_by_role("alert").first).to_contain_text("root changed maintenance_message")
    expect(second.page.get_by_label(MESSAGE, exact=True)).to_have_value("It rests at ten")
    save(second)
    expect(second.page.locator(".messagelist")).to_contain_text("Saved.")
    assert first.problems == second.problems == []
