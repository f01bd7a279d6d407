"""Run every call, and judge its answer: right, wrong (it says something else than it should), or refused."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import gitlab

from tests.clients.calls import CALLS
from tests.clients.world import World


class Verdict(StrEnum):
    """What became of a call."""

    RIGHT = "right"
    WRONG = "wrong"
    REFUSED = "refused"


class Judged(NamedTuple):
    """A call and its verdict."""

    group: str
    name: str
    verdict: Verdict
    told: str


def judged(world: World) -> Iterator[Judged]:
    """Yield each call, in order."""
    for group, calls in CALLS.items():
        for name, call in calls.items():
            try:
                right, told = call(world), ""
            except gitlab.GitlabError as error:
                yield Judged(group, name, Verdict.REFUSED, f"{error.response_code}")
            except (AttributeError, KeyError, IndexError, TypeError) as error:
                yield Judged(group, name, Verdict.WRONG, f"{type(error).__name__}: {error}")
            else:
                yield Judged(group, name, Verdict.RIGHT if right else Verdict.WRONG, told)


def table(found: list[Judged]) -> str:
    """Return the counts by group, and what is refused, as Markdown."""
    lines = ["| calls about | right | wrong | refused |", "| --- | --- | --- | --- |"]
    for group in [*dict.fromkeys(each.group for each in found), "all"]:
        some = [each for each in found if group in {each.group, "all"}]
        counts = [sum(each.verdict is verdict for each in some) for verdict in Verdict]
        lines.append(f"| {group} | {counts[0]} | {counts[1]} | {counts[2]} |")
    refused = ", ".join(f"`{each.name}`" for each in found if each.verdict is Verdict.REFUSED)
    return "\n".join([*lines, "", f"Refused, because it is not built: {refused}."])
