from __future__ import annotations

from argparse import ArgumentTypeError

import pytest
from psycopg import sql

from bench.statements import READS, WRITES, kind_of
from bench.writes import TITLES, distance, report


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT 1 FROM users", READS),
        ("\n  select 1 from users", READS),
        # Django's question whether a connection works: a trip, and no row.
        ("SELECT 1", None),
        (b"INSERT INTO routes VALUES (1)", WRITES),
        (sql.SQL("UPDATE users SET name = {}").format(sql.Literal("x")), WRITES),
        ("DELETE FROM sessions", WRITES),
        ("SAVEPOINT a", None),
        ("", None),
    ],
)
def test_a_statement_reads_or_writes_rows_or_neither(query: object, kind: str | None) -> None:
    assert kind_of(query) == kind


def test_distance_is_there_and_back_in_seconds() -> None:
    assert distance("80ms") == pytest.approx(0.08)
    assert distance("1.5s") == 1.5
    with pytest.raises(ArgumentTypeError, match="write there and back as a time"):
        distance("80")


def test_the_report_shows_what_a_page_does_and_what_distance_adds() -> None:
    visit = {"name": "sign in", "statements": {"users writes": 3}, "trips": 9, "near": 0.1, "far": 0.82}
    assert [cell.strip() for cell in report({"pages": [visit]}, 0.08).splitlines()[2].split("|")[1:-1]] == [
        "sign in", "", "3", "", "", "", "", "9", "100", "720",
    ]  # fmt: skip


def test_the_report_has_a_table_each_for_pages_for_calls_and_for_what_nobody_asks_for() -> None:
    visit = {"name": "look", "statements": {}, "trips": 0, "near": 0.1, "far": 0.2}
    tables = report({table: [visit] for table in TITLES}, 0.08).split("\n\n")
    assert [table.split("|")[1].strip() for table in tables] == ["pages", "API calls", "a pod by itself"]
