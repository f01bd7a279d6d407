"""The index finds what Django's resolver finds."""

from __future__ import annotations

import pytest
from django.urls import Resolver404, resolve
from hypothesis import example, given, settings

from routing.classify import classify
from routing.declare import any_pod, route
from routing.index import Endpoint, PatternUnreadable, endpoints, find, plant, url_tree
from routing.paths import PathInvalid, parse
from routing.views import not_built
from tests.routing.generated import paths


def by_resolver(canonical: str) -> str | None:
    try:
        return resolve(canonical).route
    except Resolver404:
        return None


@settings(max_examples=1500)
@given(paths)
@example("/")
@example("/-/profile/")
@example("/dashboard//")
@example("/groups/new/x")
@example("/gitlab-org//-/x")
@example("/a\nb/-/x")
def test_it_equals_the_resolver(raw: str) -> None:
    try:
        path = parse(raw)
    except PathInvalid:
        return
    found = find(url_tree(), path.segments)
    assert (found.route if found else None) == by_resolver(path.canonical)


def test_every_pattern_can_be_reached() -> None:
    declared = [each for each in endpoints() if isinstance(each, Endpoint)]
    assert len(declared) > 600
    reached = {each.route: by_resolver("/" + "/".join(example_of(each))) for each in declared}
    assert {route: other for route, other in reached.items() if other != route} == {}


def example_of(endpoint: Endpoint) -> list[str]:
    """The segments of a path that the pattern matches."""
    examples = {"name": "a", "segment": "17", "formatted": "a.keys", "pod": "pod_eu0", "routable": "a/b", "rest": "/x"}
    return [examples[token[1:].split(":")[0]] if token[:1] == "<" else token for token in endpoint.tokens]


@pytest.mark.parametrize("pattern", ["a/<rest:rest>/b", "<routable:path>/b", "a-<name:x>", "<path:x>", "<x>"])
def test_it_refuses_patterns_that_it_cannot_hold(pattern: str) -> None:
    endpoint = Endpoint(0, pattern, "", any_pod(), "")
    with pytest.raises(PatternUnreadable, match="a"):
        plant([endpoint])


def test_a_trailing_slash_does_not_matter() -> None:
    assert classify(parse("/dashboard/")).endpoint == classify(parse("/dashboard")).endpoint


def test_a_format_suffix_does_not_matter() -> None:
    assert classify(parse("/-/profile.json")).endpoint == classify(parse("/-/profile")).endpoint


def test_an_endpoint_is_reversed_as_it_is_written() -> None:
    assert route("a/<segment:x>", not_built, any_pod()).pattern.match("a/b%2Fc/") == ("", (), {"x": "b/c"})
