"""`manage.py settings`: what operators see and change without a browser."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from admin_settings.stored import read_stored
from tests.admin_settings.conftest import Set

pytestmark = pytest.mark.django_db(databases=["admin"])


def output(*command: str) -> str:
    printed = StringIO()
    call_command("settings", *command, stdout=printed)
    return printed.getvalue()


def on_pods(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output("get", name, "--json"))["settings"][name]
    return found


def test_it_works() -> None:
    assert "changed session_hours from nothing to 5" in output("set", "session_hours", "5")
    assert "changed session_hours of pod_us0 from nothing to 6" in output("set", "session_hours", "6", "--pod", "pod_0")
    assert on_pods("session_hours") == {
        "pod_us0": {"value": 6, "from": "pod"},
        "pod_us1": {"value": 5, "from": "shared"},
        "pod_eu0": {"value": 5, "from": "shared"},
        "pod_eu1": {"value": 5, "from": "shared"},
    }
    assert "6 (pod)" in output("get", "session_hours")
    output("unset", "session_hours", "--pod", "pod_us0")
    output("unset", "session_hours")
    assert on_pods("session_hours")["pod_us0"] == {"value": 336, "from": "default"}
    assert [line.split(" changed ")[1] for line in output("log").splitlines()] == [
        "session_hours from nothing to 5",
        "session_hours of pod_us0 from nothing to 6",
        "session_hours of pod_us0 from 6 to nothing",
        "session_hours from 5 to nothing",
    ]


def test_a_template_is_shown_as_each_pod_gets_it() -> None:
    output("set", "search_address", "https://search.{region}.example.com/{pod_id}")
    assert on_pods("search_address")["pod_eu1"] == {
        "value": "https://search.eu.example.com/pod_eu1",
        "from": "template",
    }


def test_lists_and_objects_are_typed_as_json() -> None:
    output("set", "placement_closed", '["pod_us1"]')
    output("set", "placement_weights", '{"pod_us0": 2}')
    output("set", "maintenance_message", "[sic]")
    assert read_stored("admin").shared == {
        "placement_closed": ["pod_us1"],
        "placement_weights": {"pod_us0": 2},
        "maintenance_message": "[sic]",
    }


def test_secrets_are_not_shown(setting: Set) -> None:
    assert "hunter2" not in output("set", "search_token", "hunter2")
    for command in (["list"], ["list", "--json"], ["get", "search_token"], ["log"]):
        assert "hunter2" not in output(*command)
        assert "(secret)" in output(*command)


def test_nothing_new_is_said_so() -> None:
    output("set", "session_hours", "5")
    assert output("set", "session_hours", "5") == "Nothing was changed: the setting already has this value.\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            ["set", "sesion_hours", "5"],
            r"there is no setting 'sesion_hours'; did you mean session_hours\? The settings are: ",
        ),
        (["get", "sesion_hours"], r"did you mean session_hours\?"),
        (["unset", "sesion_hours"], r"did you mean session_hours\?"),
        (["get", "colour"], "there is no setting 'colour'; the settings are: "),
        (["set", "session_hours", "long"], "session_hours: Input should be a valid integer"),
        (["set", "session_hours", "5", "--pod", "pod_us9"], "pod_us0"),
        (["set", "search_address", "https://{pod}"], "what may stand in braces"),
        (["list", "--pod", "pod_us9"], "pod_us0"),
    ],
)
def test_what_is_wrong_is_one_message(command: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        output(*command)


def test_one_pod_is_listed(setting: Set) -> None:
    setting("pod_eu0", session_hours=5)
    found = json.loads(output("list", "--pod", "pod_eu0", "--json"))["settings"]["session_hours"]
    assert found == {"pod_eu0": {"value": 5, "from": "pod"}}
