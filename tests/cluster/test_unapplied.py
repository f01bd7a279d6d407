"""What may be applied while a contraction waits."""

from __future__ import annotations

from cluster.unapplied import Plan, allowed
from releases.deciding import Step

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
