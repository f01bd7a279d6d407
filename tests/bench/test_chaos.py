"""The plan of faults, and an audit that finds what is wrong."""

from __future__ import annotations

from collections import Counter

from bench.chaos.audit import Found, _comments, _opened, _rows
from bench.chaos.people import Ledger
from bench.chaos.plan import FAULTS, Ending, planned
from bench.chaos.world import Filled

FILLED = Filled(7, "acme", "pod_us0", 100, 3)


def test_a_seed_is_a_plan() -> None:
    assert planned(5, 30, 10, 1.5) == planned(5, 30, 10, 1.5)
    assert planned(5, 30, 10, 1.5) != planned(6, 30, 10, 1.5)


def test_a_plan_has_every_kind_of_fault_and_ending() -> None:
    plan = planned(1, 1000, 20, 1.5)
    assert {(fault.do, fault.victim) for each in plan for fault in each.faults} == set(FAULTS)
    assert {each.ending for each in plan} == set(Ending)
    assert {each.organization for each in plan} == set(range(20))


def test_what_was_acknowledged_last_must_be_there() -> None:
    ledger = Ledger(titles={(7, 1): "mine", (7, 2): None})
    assert wrong_rows(ledger, {1: "mine", 3: "filled 3"}) == []
    assert wrong_rows(ledger, {1: "filled 1", 3: "filled 3"}) == ["issue 1 is 'filled 1' instead of {'mine'}"]
    assert wrong_rows(ledger, {1: "mine", 2: "filled 2", 3: "filled 3"}) == ["issue 2 is 'filled 2' instead of {None}"]


def test_what_was_not_acknowledged_may_be_there() -> None:
    ledger = Ledger(titles={(7, 1): "mine"}, perhaps={(7, 1): "newer", (7, 2): None})
    assert wrong_rows(ledger, {1: "newer", 2: "filled 2", 3: "filled 3"}) == []
    assert wrong_rows(ledger, {1: "mine", 3: "filled 3"}) == []
    assert len(wrong_rows(ledger, {1: "filled 1", 3: "filled 3"})) == 1


def test_new_rows_are_there_once() -> None:
    ledger = Ledger(opened={"opened a": (7, True), "opened b": (7, False), "opened c": (8, True)})
    assert list(_opened(FILLED, ledger, {4: "opened a"}, Found())) == []
    assert list(_opened(FILLED, ledger, {}, Found())) == ["'opened a' was acknowledged and is not there"]
    twice = Found()
    told = list(_opened(FILLED, ledger, {4: "opened a", 5: "opened b", 6: "opened b"}, twice))
    assert (told, twice.doubled) == (["'opened b' is there 2 times"], 1)


def test_comments_go_with_their_issue() -> None:
    ledger = Ledger(comments={"one": (7, 1, True), "two": (7, 2, True)}, titles={(7, 2): None})
    assert list(_comments(FILLED, ledger, Counter(["one"]), Found())) == []
    assert list(_comments(FILLED, ledger, Counter(), Found())) == ["'one' was acknowledged and is not there"]


def wrong_rows(ledger: Ledger, titles: dict[int, str]) -> list[str]:
    return list(_rows(FILLED, ledger, titles, Found()))
