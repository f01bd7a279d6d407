"""Every setting says what it is, and a value that cannot be used is refused with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from admin_settings.definition import Definition, Group
from admin_settings.definitions import DEFINITIONS, Settings, problems_of
from admin_settings.in_force import in_force, overridden, put_in_force
from admin_settings.texts import bounds, number
from router.limits import Limits
from schemas.identity import this_topology


def test_every_setting_is_documented() -> None:
    def is_documented(definition: Definition) -> bool:
        says = definition.title and definition.description.endswith(".") and definition.unit
        return bool(says) and definition.name in Settings.model_fields

    assert [name for name, definition in DEFINITIONS.items() if not is_documented(definition)] == []


def test_every_number_and_text_has_bounds() -> None:
    taken = {
        name: beyond
        for name, definition in DEFINITIONS.items()
        for beyond in beyond_its_bounds(definition)
        if not is_refused(name, beyond)
    }
    assert taken == {}


def beyond_its_bounds(definition: Definition) -> list[Any]:
    """Values that are too small, too large or too long; a setting without bounds fails."""
    if isinstance(definition.default, int | float) and not isinstance(definition.default, bool):
        assert definition.least is not None, definition.name
        assert definition.most is not None, definition.name
        return [definition.least - 1, definition.most + 1]
    if isinstance(definition.default, str) and not definition.choices:
        assert definition.most is not None, definition.name
        return ["x" * (int(definition.most) + 1)]
    return []


def is_refused(name: str, value: Any) -> bool:
    """Whether the refusal names the setting."""
    try:
        Settings.model_validate({name: value})
    except ValidationError as error:
        return name in str(error)
    return False


def test_the_defaults_can_be_saved() -> None:
    assert Settings.model_validate(Settings().model_dump(mode="json")) == Settings()
    assert list(problems_of(Settings(), this_topology())) == []


def test_what_another_release_knows_is_left_out() -> None:
    assert Settings.model_validate({"of_the_next_release": 1}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sign_up_open", "perhaps"),
        ("default_group_visibility", "secret"),
        ("mail_sender", "pods"),
        ("mail_sender", "Pods <pods@example.com>"),
        ("mail_sender", "pods@example.com\nBcc: all@example.com"),
        ("search_address", "search.example.com"),
        ("search_address", "file:///etc/passwd"),
        ("search_token", "a\nb"),
        ("placement_weights", {"pod_us0": -1}),
        ("session_replica_seconds", 3),
    ],
)
def test_what_cannot_be_used_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ({"placement_closed": ["pod_us9"]}, "placement_closed", "there is no pod_us9; the pods are pod_us0, pod_us1"),
        ({"placement_weights": {"pod_us9": 1}}, "placement_weights", "there is no pod_us9"),
        ({"placement_pod": "pod_us9"}, "placement_pod", "there is no pod_us9"),
        ({"placement_policy": "pod"}, "placement_pod", "needs one"),
        ({"placement_policy": "weights"}, "placement_weights", "needs one"),
    ],
)
def test_what_does_not_fit_the_topology_is_not_saved(values: dict[str, Any], name: str, said: str) -> None:
    settings = Settings.model_validate(values)
    assert [(at, said in words) for at, words in problems_of(settings, this_topology())] == [(name, True)]


def test_what_is_put_in_force_is_in_force_at_once() -> None:
    before = in_force()
    with overridden(sign_up_open=False) as settings:
        assert in_force() is settings
        assert not in_force().sign_up_open
        put_in_force(settings.model_copy(update={"session_hours": 2}))
        assert in_force().session_hours == 2
    assert in_force() is before


def test_a_test_cannot_override_what_is_no_setting() -> None:
    with pytest.raises(TypeError, match="no such setting: sing_up_open"), overridden(sing_up_open=False):
        pass


def test_what_stands_elsewhere_has_the_same_bounds(settings: object) -> None:
    """Routers know no settings, and Django's own are read once."""
    limits, budget, reset = Limits(), DEFINITIONS["conceal_ms"], DEFINITIONS["password_reset_hours"]
    assert (limits.conceal_ms, limits.least_conceal_ms) == (budget.default, budget.least)
    assert limits.longest_conceal_ms == budget.most
    lives = [each.most for each in DEFINITIONS.values() if each.group is Group.LEARN]
    assert limits.longest_life_seconds == max(most or 0 for most in lives)
    assert (reset.most or 0) * 3600 == settings.PASSWORD_RESET_TIMEOUT  # type: ignore[attr-defined]
    largest = DEFINITIONS["largest_body_kib"].most or 0
    assert largest * 1024 == settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (0.25, "0.25"), (999_999, "999,999"), (1_000_000, "1,000,000"), (1e9, "1,000,000,000")],
)
def test_a_bound_is_written_with_all_its_digits(value: float, text: str) -> None:
    assert number(value) == text
    small = replace(DEFINITIONS["largest_body_kib"], least=0, most=value)
    assert bounds(small) == f"From 0 to {text}."
