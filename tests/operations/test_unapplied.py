"""What may be applied while a contraction waits."""

from __future__ import annotations

from operations.migrate import lines_of_left_out, refusal
from operations.releases.deciding import Roll, Running, Step
from operations.unapplied import Plan, allowed

ADD, DROP, AFTER, ELSEWHERE = (("routing", "2"), ("routing", "3"), ("routing", "4"), ("organizations", "2"))
PLAN = Plan(
    "routes",
    tuple(Step("routes", key, "0.2" if key == DROP else "") for key in (ADD, DROP, AFTER, ELSEWHERE)),
    {ADD: frozenset(), DROP: frozenset({ADD}), AFTER: frozenset({DROP}), ELSEWHERE: frozenset()},
)


def test_it_works() -> None:
    assert allowed(PLAN, {DROP}) == [ADD, DROP, AFTER, ELSEWHERE]


def test_what_needs_a_contraction_waits_with_it() -> None:
    assert allowed(PLAN, set()) == [ADD, ELSEWHERE]


def test_whose_announcement_does_not_count_is_named() -> None:
    roll = Roll(gone=(Running("pod_eu0", "here", "0.1", 900),), left_out=(Running("pod_eu1", "there", "0.1", 3),))
    assert list(lines_of_left_out(roll)) == [
        "pod_eu0 (release 0.1 on here, last heard from 15 min ago) is no longer running",
        "pod_eu1 (release 0.1 on there, last heard from 3 s ago) is ignored (--without)",
    ]


def test_a_refusal_names_the_migration_and_the_pods() -> None:
    roll = Roll(running=(Running("pod_eu0", "here", "0.1", 3), Running("pod_eu1", "here", "0.2", 3)))
    assert refusal(Step("routes", DROP, "0.2"), roll) == (
        "routes: routing.3 removes what releases before 0.2 need, and these pods run an older release: "
        "pod_eu0 (release 0.1 on here, last heard from 3 s ago)."
    )
