"""A database of a pod was restored while organizations were being moved."""

from __future__ import annotations

import pytest

from moves import restoring
from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.restoring import lost_ways_back, refuse_open
from moves.states import State
from tests.cast import make_organization
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture
def move() -> OrganizationMove:
    return OrganizationMove.objects.using("routes").create(
        organization=make_organization("acme"), source="pod_us0", target="pod_eu0"
    )


@pytest.mark.parametrize("pod", ["pod_us0", "pod_eu0"])
def test_a_move_that_waits_for_rows_is_in_the_way(move: OrganizationMove, pod: str) -> None:
    with pytest.raises(MoveRefused, match=rf"abort it with: .*manage\.py move abort {move.pk}"):
        refuse_open(pod)


def test_a_move_between_other_pods_is_not(move: OrganizationMove) -> None:
    refuse_open("pod_us1")


def test_a_settled_move_cannot_be_rolled_back(move: OrganizationMove, monkeypatch: pytest.MonkeyPatch) -> None:
    move.state = State.SETTLED
    monkeypatch.setattr(restoring, "_open", lambda pod: [move])
    refuse_open("pod_us0")
    [told] = lost_ways_back("pod_us0")
    assert f"the move of organization {move.organization_id} from pod_us0 to pod_eu0 cannot be rolled back" in told
