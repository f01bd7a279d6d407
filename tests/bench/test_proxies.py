from __future__ import annotations

import json
from pathlib import Path

import topology
from bench import proxies
from bench.router import SECRETS, STUBS
from router.config import render
from topology.places import places_of


def bootstrap(tmp_path: Path) -> proxies.Json:
    stubs = topology.load(STUBS)
    return render(stubs, stubs.routers["us"], places_of(stubs, tmp_path), SECRETS)


def test_nothing_of_our_lua_is_left_in_what_the_router_is_compared_with(tmp_path: Path) -> None:
    whole = bootstrap(tmp_path)
    assert "filters.http.lua" in json.dumps(whole)
    for plain in (proxies.without_lua, proxies.bare):
        said = json.dumps(plain(whole, port=8010, admin=tmp_path / "admin", pod="pod_us0"))
        assert "filters.http.lua" not in said
        assert "health_checks" not in said


def test_without_lua_keeps_the_log_and_the_headers_that_bare_lacks(tmp_path: Path) -> None:
    whole = bootstrap(tmp_path)
    without_lua = proxies.without_lua(whole, port=8010, admin=tmp_path / "admin", pod="pod_us0")
    bare = proxies.bare(whole, port=8010, admin=tmp_path / "admin", pod="pod_us0")
    for part in ("access_log", "x-gitlab-raw-path"):
        assert part in json.dumps(without_lua)
        assert part not in json.dumps(bare)


def test_the_router_itself_is_left_as_it_was(tmp_path: Path) -> None:
    whole = bootstrap(tmp_path)
    before = json.dumps(whole)
    proxies.bare(whole, port=8010, admin=tmp_path / "admin", pod="pod_us0")
    assert json.dumps(whole) == before
