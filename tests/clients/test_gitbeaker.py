"""@gitbeaker/rest works unchanged: no answer is wrong, and the answers are those of docs/api.md."""

from __future__ import annotations

import pytest

from tests.clients.javascript import judged_in_node
from tests.clients.judge import Verdict, table
from tests.clients.test_python_gitlab import PAGE
from tests.running_cluster import RunningCluster


@pytest.mark.slow
def test_each_call_is_answered_as_the_docs_say(cluster: RunningCluster) -> None:
    found = list(judged_in_node(cluster.url("eu")))
    assert [each for each in found if each.verdict is Verdict.WRONG] == []
    assert table(found) in PAGE, table(found)
