"""What a pod acts by: its own row, else the shared value with the template filled in, else the default."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from admin_settings.definitions import DEFINITIONS, Settings
from admin_settings.effective import Effective, Origin, effective
from admin_settings.stored import Stored, Version
from schemas.identity import this_topology


def on(pod: str, shared: dict[str, Any], own: dict[str, Any] | None = None, kept: Settings | None = None) -> Effective:
    stored = Stored(Version(1, "now"), shared, {pod: own} if own is not None else {})
    return effective(stored, this_topology().pod(pod), kept)


def refused(found: Effective) -> set[str]:
    return {problem.name for problem in found.problems}


def test_it_works() -> None:
    found = on("pod_eu0", {"search_address": "https://{region}.example.com/{pod_id}", "session_hours": 5})
    assert found.settings.search_address == "https://eu.example.com/pod_eu0"
    assert found.settings.session_hours == 5
    assert found.settings.sign_up_open is True
    assert found.origins["search_address"] is Origin.TEMPLATE
    assert found.origins["session_hours"] is Origin.SHARED
    assert found.origins["sign_up_open"] is Origin.DEFAULT
    assert found.problems == ()


def test_the_pods_own_row_wins() -> None:
    found = on("pod_eu0", {"search_address": "https://{region}.example.com"}, {"search_address": "https://own/{a}"})
    assert found.settings.search_address == "https://own/{a}"
    assert found.origins["search_address"] is Origin.POD


def test_another_pods_row_does_not() -> None:
    stored = Stored(Version(), {"session_hours": 5}, {"pod_us0": {"session_hours": 6}})
    assert effective(stored, this_topology().pod("pod_eu0")).settings.session_hours == 5


def test_nothing_stored_is_the_defaults() -> None:
    assert on("pod_us0", {}).settings == Settings()


def test_a_name_of_another_release_is_left_out() -> None:
    found = on("pod_us0", {"of_the_next_release": [1], "session_hours": 5}, {"of_another": 2})
    assert found.settings == Settings(session_hours=5)
    assert found.problems == ()


def test_a_value_that_cannot_be_used_leaves_the_last_good_one_and_all_others() -> None:
    kept = Settings(session_hours=7, invitation_days=9)
    found = on("pod_us0", {"session_hours": "long", "invitation_days": 3}, kept=kept)
    assert found.settings == Settings(session_hours=7, invitation_days=3)
    assert refused(found) == {"session_hours"}
    assert found.origins["session_hours"] is Origin.KEPT


def test_a_template_that_is_none_leaves_the_last_good_one() -> None:
    kept = Settings(search_address="https://old.example.com")
    found = on("pod_us0", {"search_address": "https://{pod}.example.com"}, kept=kept)
    assert found.settings == kept
    assert refused(found) == {"search_address"}


def test_values_that_are_wrong_only_together() -> None:
    kept = Settings(sign_out_wait_seconds=2, session_replica_seconds=2)
    found = on("pod_us0", {"sign_out_wait_seconds": 1, "session_hours": 0}, kept=kept)
    assert found.settings == kept
    assert refused(found) == {"sign_out_wait_seconds", "session_hours"}
    both = {"sign_out_wait_seconds": 1, "session_replica_seconds": 1, "session_hours": 0}
    found = on("pod_us0", both, kept=kept)
    assert found.settings == Settings(sign_out_wait_seconds=1, session_replica_seconds=1)
    assert refused(found) == {"session_hours"}


def test_what_was_taken_back_is_the_default_again_beside_a_bad_value() -> None:
    kept = Settings(invitation_days=9)
    assert on("pod_us0", {"session_hours": 0}, kept=kept).settings == Settings()


def test_a_pod_has_no_value_of_its_own_where_all_must_agree() -> None:
    found = on("pod_us0", {"conceal_ms": 200}, {"conceal_ms": 300})
    assert found.settings.conceal_ms == 200


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("a1{}. @:/", max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=5,
)
ROWS = st.dictionaries(st.sampled_from([*DEFINITIONS, "of_another_release"]), VALUES, max_size=8)


@given(ROWS, ROWS)
def test_whatever_is_stored_a_pod_can_act(shared: dict[str, Any], own: dict[str, Any]) -> None:
    found = on("pod_us0", shared, own)
    assert Settings.model_validate(found.settings.model_dump()) == found.settings
    assert refused(found) <= set(shared) | set(own)
