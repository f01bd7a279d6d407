from __future__ import annotations

from collections.abc import Callable

import pytest

from operations.survey import Facts, Surveyor
from operations.survey.facts import PodFacts, RouterFacts, ServerFacts
from tests.running_cluster import RunningCluster

Part = PodFacts | RouterFacts | ServerFacts
Look = Callable[[], Facts]
LATE_FROM = 5.0


@pytest.fixture(scope="session")
def look(cluster: RunningCluster) -> Look:
    """The facts of the running cluster, as somebody in `us` sees them."""
    return Surveyor(cluster.topology, cluster.places, late_from_seconds=lambda: LATE_FROM, region="us").facts


def part(facts: Facts, kind: type[Part], name: str) -> Part:
    return next(part for part in facts.parts if isinstance(part, kind) and part.name == name)


def troubles(facts: Facts) -> dict[str, str]:
    """The parts that are not well, with their states."""
    return {part.name: part.state for part in facts.parts if part.state != "healthy"}
