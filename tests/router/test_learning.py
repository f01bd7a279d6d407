"""First request: one learn. The next: none."""

from __future__ import annotations

from tests.router.running import RunningRouter
from tests.router.stubs import Owned, StubCluster


def test_it_works(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/works"] = Owned("pod_eu0")
    first, second = router.debug("/works/project/-/issues?page=2"), router.debug("/works/other")
    assert first.json["pod"] == second.json["pod"] == "pod_eu0"
    assert (first["x-gitlab-router-cache"], second["x-gitlab-router-cache"]) == ("miss", "hit")
    assert first["x-gitlab-pod"] == "pod_eu0"
    assert stubs.learns == [{"method": "GET", "path_info": "/works/project/-/issues"}]
