"""python-gitlab works unchanged: no answer is wrong, and no call that was right turns (docs/api.md has the table)."""

from __future__ import annotations

import re

import pytest

from tests.clients.calls import CALLS
from tests.clients.judge import Verdict, judged, table
from tests.clients.world import world_at
from tests.running_cluster import RunningCluster
from topology.places import CHECKOUT

PAGE = (CHECKOUT / "docs" / "api.md").read_text(encoding="utf-8")
REFUSED = re.search(r"^Refused, because it is not built: (.+)\.$", PAGE, re.MULTILINE)


def test_each_refused_call_of_the_docs_is_one() -> None:
    assert REFUSED
    named = set(re.findall(r"`(.+?)`", REFUSED[1]))
    assert named <= {name for calls in CALLS.values() for name in calls}


@pytest.mark.slow
def test_each_call_is_answered_as_the_docs_say(cluster: RunningCluster) -> None:
    with world_at(cluster.url("us")) as world:
        found = list(judged(world))
    assert [each for each in found if each.verdict is Verdict.WRONG] == []
    assert table(found) in PAGE, table(found)
