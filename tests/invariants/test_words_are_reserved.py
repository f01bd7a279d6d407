"""The first segments of our own URLs are nobody's names (invariants 2 and 9)."""

from __future__ import annotations

import pytest

from monolith.namespaces.creation import create_namespace
from organizations.models import Organization
from routing import reserved
from routing.models import Route
from routing.reserved import RESERVED_WORDS, WORDS_OF_NEXT_RELEASE, reserve_words
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)


def _rows() -> set[str]:
    return set(Route.objects.using("routes").filter(kind="reserved").values_list("path", flat=True))


def test_every_word_has_a_row_after_migrating() -> None:
    assert _rows() == RESERVED_WORDS
    assert {"-", ".well-known", "admin", "api", "users", "robots.txt", "v2"} <= RESERVED_WORDS


def test_words_are_written_as_they_are_looked_up() -> None:
    assert {word.lower() for word in RESERVED_WORDS} == RESERVED_WORDS


def test_words_of_the_next_release_are_reserved_by_this_one() -> None:
    assert WORDS_OF_NEXT_RELEASE <= RESERVED_WORDS


def test_a_second_time_changes_nothing() -> None:
    before = set(Route.objects.using("routes").filter(kind="reserved").values_list("id", "path"))
    assert reserve_words() == []
    assert set(Route.objects.using("routes").filter(kind="reserved").values_list("id", "path")) == before


def test_a_word_that_somebody_has_is_told_and_left_to_them(
    ours: Organization, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    create_namespace(ours.pk, "Observability", name="A")
    monkeypatch.setattr(reserved, "RESERVED_WORDS", RESERVED_WORDS | {"observability", "metrics"})
    assert reserve_words() == ["observability"]
    assert "rename it" in caplog.text
    assert "metrics" in _rows()
    assert Route.objects.using("routes").get(key="observability").kind == "live"


def test_a_word_that_is_no_longer_listed_stays_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserved, "RESERVED_WORDS", frozenset({"admin"}))
    reserve_words()
    assert "api" in _rows()
