"""The cluster page shows what happens, by itself."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Come
from tests.running_cluster import RunningCluster

LONG_MS = 60_000


def test_it_changes_by_itself_when_a_pod_dies_and_is_back(come: Come, breakable_cluster: RunningCluster) -> None:
    root = come("us", "root")
    root.go("/admin/cluster")
    pod, summary = root.page.locator("#pod-pod_eu1 .cluster-state"), root.page.locator("[data-live-summary]")
    expect(pod).not_to_have_text("down", timeout=LONG_MS)
    root.page.locator("#server-shared summary").click()
    breakable_cluster.ask("stop", "pod_eu1")
    expect(pod).to_have_text("down", timeout=LONG_MS)
    expect(summary).to_contain_text("pod_eu1 is down")
    breakable_cluster.ask("start", "pod_eu1")
    expect(pod).not_to_have_text("down", timeout=LONG_MS)
    expect(root.page.locator("#server-shared details")).to_have_attribute("open", "")
    assert root.problems == []


def test_it_says_when_it_cannot_be_refreshed(come: Come) -> None:
    root = come("eu", "root")
    root.go("/admin/cluster")
    stale = root.page.locator("[data-live-stale]")
    expect(stale).to_be_hidden()
    root.page.route("**/cluster.json", lambda route: route.fulfill(status=503))
    expect(stale).to_contain_text("cannot be refreshed", timeout=LONG_MS)
    root.page.unroute("**/cluster.json")
    expect(stale).to_be_hidden(timeout=LONG_MS)


def test_without_scripts_one_looks_again(come: Come) -> None:
    root = come("us", "root", scripts=False)
    root.go("/admin/cluster")
    root.click("Refresh")
    assert root.heading == "Cluster"
    assert root.sees("Region eu")


def test_an_administrators_token_gets_the_facts_at_any_router(cluster: RunningCluster) -> None:
    for router in ("us", "eu"):
        answer = httpx.get(
            f"{cluster.url(router)}/api/v4/admin/cluster", headers={"PRIVATE-TOKEN": "glpat-demo-root"}, timeout=20
        )
        assert [region["name"] for region in answer.json()["regions"]] == ["us", "eu"]
        refused = httpx.get(
            f"{cluster.url(router)}/api/v4/admin/cluster", headers={"PRIVATE-TOKEN": "glpat-demo-mia"}, timeout=20
        )
        assert refused.status_code == 404
