"""The cluster page of a real cluster of which parts are down, for somebody who is signed in."""

from __future__ import annotations

import pytest

from tests.running_cluster import RunningCluster, eventually
from tests.visitor import Visitor

pytestmark = pytest.mark.slow

EUROPE = ("router-eu", "pod_eu0", "pod_eu1", "shared-eu", "pods-eu")


@pytest.mark.parametrize("stopped", [("shared",), ("pods-us",), ("shared-us",), EUROPE], ids="+".join)
def test_it_is_there_and_shows_them(breakable_cluster: RunningCluster, stopped: tuple[str, ...]) -> None:
    with Visitor(breakable_cluster, "us") as root:
        root.sign_in("root")
        eventually(lambda: root.get("/admin/cluster").status_code == 200)
        for name in stopped:
            breakable_cluster.ask("stop", name)
        expected = {name.removeprefix("router-") for name in stopped}

        def is_shown() -> bool:
            answer = root.get("/admin/cluster.json")
            if answer.status_code != 200:
                return False
            regions = answer.json()["regions"]
            parts = [part for region in regions for kind in ("routers", "pods", "servers") for part in region[kind]]
            return expected <= {part["name"] for part in parts if part["state"] == "down"}

        eventually(is_shown, 60)
        assert root.get("/admin/cluster").status_code == 200
