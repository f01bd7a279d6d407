from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from organizations.models import Organization
from organizations.placing import PodsFull, pod_for
from schemas.identity import this_topology
from tests.databases import ALIASES
from topology import RegionUnknown, Topology

pytestmark = pytest.mark.django_db(databases=ALIASES)


def place(pod: str, count: int = 1, state: str = "active") -> None:
    known = Organization.objects.using("routes").count()
    Organization.objects.using("routes").bulk_create(
        Organization(path=f"placed-{known + number}", name="A", pod_id=pod, state=state) for number in range(count)
    )


@pytest.fixture
def drain(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`drain("pod_eu0", …)`: these pods take no new organizations."""

    def begin(*names: str) -> None:
        topology = this_topology()
        pods = {name: pod.model_copy(update={"draining": name in names}) for name, pod in topology.pods.items()}
        drained: Topology = topology.model_copy(update={"pods": pods})
        monkeypatch.setattr("organizations.placing.this_topology", lambda: drained)

    return begin


def test_it_works() -> None:
    place("pod_eu0", 2)
    place("pod_eu1", 1)
    assert pod_for("eu") == "pod_eu1"
    assert pod_for("us") == "pod_us1"


def test_the_first_of_equals_is_taken() -> None:
    assert pod_for("eu") == "pod_eu0"


def test_those_being_created_count_and_deleted_ones_do_not() -> None:
    place("pod_eu0", 1, "creating")
    place("pod_eu1", 3, "deleted")
    assert pod_for("eu") == "pod_eu1"


def test_a_draining_pod_gets_none(drain: Callable[..., None]) -> None:
    drain("pod_eu0")
    place("pod_eu1", 3)
    assert pod_for("eu") == "pod_eu1"


def test_another_region_helps_when_all_are_draining(drain: Callable[..., None]) -> None:
    drain("pod_eu0", "pod_eu1")
    assert pod_for("eu") == "pod_us1"


def test_there_may_be_no_room_at_all(drain: Callable[..., None]) -> None:
    drain(*this_topology().pods)
    with pytest.raises(PodsFull, match="topology file"):
        pod_for("eu")


def test_a_closed_pod_gets_none(steer: Callable[..., None]) -> None:
    steer(placement_closed=("pod_eu0",))
    place("pod_eu1", 3)
    assert pod_for("eu") == "pod_eu1"
    steer(placement_closed=tuple(this_topology().pods))
    with pytest.raises(PodsFull, match="in the settings"):
        pod_for("eu")


def test_a_policy_may_look_for_room_everywhere(steer: Callable[..., None]) -> None:
    steer(placement_policy="room")
    for pod in ("pod_us0", "pod_eu0", "pod_eu1"):
        place(pod)
    place("pod_us0", 1)
    assert pod_for("eu") == "pod_us1"


def test_a_policy_may_name_the_pod(steer: Callable[..., None], drain: Callable[..., None]) -> None:
    steer(placement_policy="pod", placement_pod="pod_us1")
    place("pod_us1", 5)
    assert pod_for("eu") == "pod_us1"
    drain("pod_us1")
    assert pod_for("eu") == "pod_eu0"


def test_a_policy_may_weigh_the_pods(steer: Callable[..., None]) -> None:
    steer(placement_policy="weights", placement_weights={"pod_us1": 1, "pod_eu1": 3})
    placed = []
    for _ in range(8):
        placed.append(pod_for("eu"))
        place(placed[-1])
    assert Counter(placed) == {"pod_us1": 2, "pod_eu1": 6}


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(RegionUnknown):
        pod_for("mars")
