"""Paying user: navigates to `/my-company/my-project` while logged in."""

from __future__ import annotations

from tests.flows.conftest import Seen, Watch
from tests.visitor import Visitor

MY_PROJECT = "/my-company/my-project"


def test_the_router_asks_once_and_remembers(mia: Visitor, watching_europe: Watch) -> None:
    with watching_europe() as first:
        page = mia.get(MY_PROJECT)
    assert "my-project" in page.text
    assert first.requests == [Seen("GET /my-company/my-project", 200, "pod_eu0", "miss", 1)]
    assert first.learned == {"eu": 1}

    with watching_europe() as second:
        mia.get(MY_PROJECT)
    assert second.requests == [Seen("GET /my-company/my-project", 200, "pod_eu0", "hit", 0)]
    assert second.learned == {}


def test_everything_below_the_top_level_name_is_remembered(mia: Visitor, watching_europe: Watch) -> None:
    mia.get(MY_PROJECT)
    with watching_europe() as seen:
        for path in ("/my-company", "/my-company/my-project/-/issues", "/my-company/my-other-project"):
            assert mia.get(path).status_code == 200
    assert {(request.pod, request.cache, request.questions) for request in seen.requests} == {("pod_eu0", "hit", 0)}
    assert seen.learned == {}


def test_nothing_tells_which_pod_served(mia: Visitor) -> None:
    page = mia.get(MY_PROJECT)
    assert [name for name in page.headers if name.startswith(("x-gitlab", "x-envoy")) or name == "server"] == []
    assert "pod_eu0" not in page.text
