"""paths.lua and answers.lua: what is refused, hidden, canonical, and believed."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.paths import PathInvalid, parse
from tests.router.lua import lua

CONTEXT = """{ pods = { pod_us0 = "pod_us0", pod_0 = "pod_us0", pod_eu0 = "pod_eu0" }, any = "any-pod",
               preferred = { pod_eu0 = "prefer-pod_eu0" }, life = 60, longest_life = 3600 }"""


@cache
def runtime() -> Any:
    """One for all tests, made when the first one asks: `make mutants` changes the Lua after it has read this file."""
    return lua()


def module(name: str) -> Any:
    return runtime().eval(f'require("{name}")')


def untransportable(target: str) -> Any:
    return module("paths").untransportable(module("paths").of(target), target)


pieces = st.sampled_from(
    ["/", "//", ".", "..", "%2e", "%2E", "%2F", "%00", "%", "%zz", "a", "A", "é", "v1...v2", "-", "\0"]
)


@given(path=st.lists(pieces, max_size=8).map("".join) | st.text(alphabet="/.%2eE0aF", max_size=12))
@settings(max_examples=500)
def test_the_router_refuses_what_learn_refuses_in_its_words(path: str) -> None:
    try:
        parse(path)
        refusal = None
    except PathInvalid as error:
        refusal = str(error)
    # A request has a path; only a question to learn can lack one.
    if path:
        assert module("paths").refusal(path.encode().decode("latin-1")) == refusal


@pytest.mark.parametrize(
    "target", ["/a<b", "/a>b", "/a`b", "/a#b", "/a\x7fb", "/\xe9", '/a?b="c"', "/a?b=<c>", "/a?\xe9"]
)
def test_bytes_that_must_be_escaped_are_refused(target: str) -> None:
    assert "escape" in untransportable(target)


@pytest.mark.parametrize("target", ['/a"b|c^{d}\\e', '/a"?b', "/a%3Cb?c=%22d%22", "/a?b=`c`[d]|{e}", "/a?b?c/d"])
def test_what_a_pods_server_understands_passes(target: str) -> None:
    assert untransportable(target) is None


def test_every_byte_passes_or_is_refused_wherever_it_stands() -> None:
    for code in range(256):
        visible, letter = 33 <= code <= 126, chr(code)
        for prefix, forbidden in (("/a", "<>`#"), ("/a?b=", '<>"#')):
            if letter == "?" and "?" not in prefix:
                continue
            for target in (f"{prefix}{letter}", f"{prefix}{letter}c", prefix + 4000 * "d" + letter):
                refused = untransportable(target) is not None
                assert refused == (not visible or letter in forbidden), target[-9:]


def test_a_path_of_4096_bytes_passes_and_a_longer_one_does_not() -> None:
    assert module("paths").refusal("/" + "a" * 4095) is None
    assert "longer than 4096 bytes" in module("paths").refusal("/" + "a" * 4096)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v4/pods/learn",
        "/api/v4/pods/learn/",
        "/api/v4/pods/learn.json",
        "/api/v4/pods%2Flearn",
        "/api%2fv4/pods/%6cearn",
        "/api/v4/pods/%256cearn",
        "/API/v4/Pods/LEARN",
        "/api//v4/pods///learn",
        "/%61pi/v4/pods/learn",
        "/-/metrics",
        "/%2d/metrics",
        "/-%2Fmetrics",
        "/-//METRICS",
    ],
)
def test_the_clusters_own_endpoints_are_hidden_in_every_spelling(path: str) -> None:
    assert module("paths").hidden(path)


@pytest.mark.parametrize(
    "path", ["/", "/api/v4/pods", "/api/v4/projects/1", "/-/readiness", "/group/-/metrics", "/learn"]
)
def test_nothing_else_is_hidden(path: str) -> None:
    assert not module("paths").hidden(path)


def learned(body: str, asked: str = "/group/project", **headers: str) -> dict[str, Any] | None:
    told = {"cache-control": "max-age=60", **{name.replace("_", "-"): value for name, value in headers.items()}}
    table = runtime().table_from(told)
    answer = module("answers").learned(asked, table, body, runtime().eval(CONTEXT))
    return None if answer is None else dict(answer)


def test_an_answer_of_learn() -> None:
    answer = learned('{"path": "/group", "pod": "pod_eu0", "source": "routable"}', x_gitlab_pod_epoch="3")
    assert answer == {
        "path": "/group", "target": "pod_eu0", "exact": False, "negative": False, "epoch": 3, "life": 60,
    }  # fmt: skip


def test_an_alias_is_accepted() -> None:
    answer = learned('{"path": "/group", "pod": "pod_0", "source": "fixed"}')
    assert answer
    assert answer["target"] == "pod_us0"


def test_the_wide_prefix_is_what_is_kept() -> None:
    body = '{"path": "/group/project", "pod": "pod_eu0", "source": "routable"}'
    answer = learned(body, x_gitlab_pod_cache='{"path_prefix": "/group/"}')
    assert answer
    assert answer["path"] == "/group"


@pytest.mark.parametrize("prefix", ["/", "", "/gro", "/other/", "group", "//", "/group/project/more", "/group\\u002f"])
def test_a_wide_prefix_that_does_not_cover_the_path_is_not_kept(prefix: str) -> None:
    body = '{"path": "/group/project", "pod": "pod_eu0", "source": "routable"}'
    answer = learned(body, x_gitlab_pod_cache='{"path_prefix": "' + prefix + '"}')
    assert answer
    assert answer["path"] == "/group/project"


def test_an_exact_answer_holds_for_its_own_path_only() -> None:
    answer = learned('{"path": "/group/project", "pod": "pod_eu0", "source": "fixed", "exact": true}')
    assert answer
    assert (answer["path"], answer["exact"]) == ("/group/project", True)
    other = learned('{"path": "/group", "pod": "pod_eu0", "source": "fixed", "exact": true}')
    assert other
    assert "path" not in other


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", '{"path": "/group", "pod": "evil.example", "source": "routable"}', '{"path": "/group"}'],
)
def test_an_answer_that_names_no_pod_of_the_topology_is_none(body: str) -> None:
    assert learned(body) is None


def test_a_path_cannot_smuggle_a_pod() -> None:
    body = '{"path": "/a\\",\\"pod\\":\\"pod_us0", "pod": "pod_eu0", "source": "routable"}'
    answer = learned(body)
    assert answer
    assert answer["target"] == "pod_eu0"
    assert "path" not in answer


def test_a_preference_and_any_are_targets_of_their_own() -> None:
    sign_in = '{"path": "/group", "pod": "pod_eu0", "source": "fixed"}'
    preferred, strict = learned(sign_in, x_gitlab_pod_preference="region"), learned(sign_in)
    anywhere = learned('{"path": "/group", "pod": "pod_eu0", "source": "any"}')
    assert preferred
    assert strict
    assert anywhere
    assert [preferred["target"], strict["target"], anywhere["target"]] == ["prefer-pod_eu0", "pod_eu0", "any-pod"]


@pytest.mark.parametrize(
    ("cache_control", "life"),
    [("max-age=5", 5), ("private, max-age=60", 60), ("max-age=99999", 3600), ("no-store, max-age=5", 0), ("", 0)],
)
def test_a_life_is_what_learn_says_within_bounds(cache_control: str, life: int) -> None:
    body = '{"path": "/group", "pod": "pod_eu0", "source": "routable"}'
    answer = learned(body, cache_control=cache_control)
    assert answer
    assert answer["life"] == life
