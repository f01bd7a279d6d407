"""Invariant 4: `manage.py check` finds patterns that do not say, or cannot say, how they are routed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLResolver, include, path, re_path
from django.urls.resolvers import RegexPattern

from monolith.routing import by_project_id
from routing.checks import errors
from routing.declare import (
    any_pod,
    by_birth,
    by_entity_id,
    by_namespace,
    declared,
    exact,
    fixed_to_legacy_pod,
    gitlab_com_public,
    prefix,
    route,
)
from routing.views import not_built


def ids(*patterns: Any) -> list[str]:
    """The ids of the errors of a URL configuration of these patterns."""
    urlconf: Any = SimpleNamespace(urlpatterns=list(patterns))
    return [str(error.id) for error in errors(URLResolver(RegexPattern(r"^/"), urlconf))]


def test_our_own_urls_pass() -> None:
    call_command("check")


def test_it_finds_a_pattern_without_declaration() -> None:
    assert ids(path("help", not_built)) == ["routing.E001"]
    assert ids(re_path("^help$", not_built)) == ["routing.E001"]


def test_it_finds_one_in_an_include() -> None:
    assert ids(path("help/", include(([path("x", not_built)], "x")))) == ["routing.E001"]


def test_a_declared_include_speaks_for_all_that_is_in_it() -> None:
    assert ids(declared("admin/", include(([path("x", not_built)], "x")), fixed_to_legacy_pod())) == []


def test_it_finds_a_declaration_by_an_argument_that_is_not_there() -> None:
    assert ids(route("<name:full_path>", not_built, by_namespace("path"))) == ["routing.E002"]


def test_it_finds_an_id_of_no_model_that_moves() -> None:
    assert ids(*prefix("api/v4/todos/<segment:id>", by_birth("id", "work.Todo"))) == []
    for model in ("work.Todoo", "Todo", "users.User"):
        assert set(ids(*prefix("api/v4/todos/<segment:id>", by_birth("id", model)))) == {"routing.E008"}


@pytest.mark.parametrize("pattern", ["help-<name:x>", "help/<str:x>", "help/<rest:x>/y"])
def test_it_finds_a_pattern_that_the_index_cannot_hold(pattern: str) -> None:
    assert ids(route(pattern, not_built, any_pod())) == ["routing.E002"]


def test_it_finds_a_first_segment_that_takes_reserved_words() -> None:
    assert "routing.E003" in ids(*prefix("<segment:name>", by_namespace("name")))


def test_it_finds_a_first_segment_that_is_no_reserved_word() -> None:
    assert ids(route("my-company", not_built, any_pod())) == ["routing.E004"]


def test_it_finds_a_word_beside_a_key_whose_paths_would_be_keys() -> None:
    keyed = prefix("projects/<segment:id>", by_project_id("id"))
    assert "routing.E005" in ids(route("projects/new", not_built, gitlab_com_public()), *keyed)
    assert "routing.E005" in ids(*keyed, *exact("projects/new", gitlab_com_public()))
    assert ids(*exact("projects/new", gitlab_com_public()), *keyed) == []


def test_it_finds_another_owner_below_a_key() -> None:
    keyed = prefix("projects/<segment:id>", by_project_id("id"))
    other = route("projects/<segment:id>/avatar", not_built, any_pod())
    assert "routing.E006" in ids(other, *keyed)


def test_it_finds_an_entity_of_another_type_below_a_key() -> None:
    keyed = prefix("projects/<segment:id>", by_project_id("id"))
    other = route("projects/<segment:id>/avatar", not_built, by_entity_id("id", "group"))
    assert "routing.E006" in ids(other, *keyed)


@pytest.mark.parametrize("entity_types", [(), ("Wiki",), ("project", "x' OR true")])
def test_an_id_is_looked_up_among_well_formed_types_only(entity_types: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="entity types"):
        by_entity_id("id", *entity_types)


def test_it_finds_a_key_below_which_something_is_nobodys() -> None:
    assert ids(route("projects/<segment:id>", not_built, by_project_id("id"))) == ["routing.E007"]
