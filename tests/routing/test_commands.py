from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.databases import ALIASES

pytestmark = [pytest.mark.django_db(databases=ALIASES), pytest.mark.usefixtures("routes")]


def output(*command: str) -> str:
    printed = StringIO()
    call_command(*command, stdout=printed)
    return printed.getvalue()


def explained(*arguments: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(output("learn", *arguments, "--json"))
    return found


def test_routes_prints_every_pattern() -> None:
    found = {line["pattern"]: line for line in json.loads(output("routes", "--json"))}
    assert found["/groups/new"]["remembered"] == "exact"
    assert found["/users"] | {"view": ""} == {
        "pattern": "/users",
        "source": "fixed",
        "rule": "the first pod of the region",
        "argument": None,
        "remembered": "/users",
        "view": "",
    }
    table = output("routes").splitlines()
    assert len(table) == len(found) + 1


def test_learn_explains_an_answer() -> None:
    found = explained("GET", "/My-Company/my-project/-/issues")
    assert found["key"] == "top-level name 'my-company'"
    assert str(found["row"]).startswith("live, organization ")
    assert (found["pod"], found["path"]) == ("pod_eu0", "/My-Company/my-project")
    assert found["alias"] == "routes_replica"


def test_learn_answers_as_another_pod() -> None:
    assert explained("GET", "/users/sign_in", "--as-pod", "pod_eu1")["pod"] == "pod_eu0"
    assert explained("GET", "/users/sign_in")["pod"] == "pod_us0"


def test_learn_asks_the_primary() -> None:
    assert explained("GET", "/my-company", "--fresh")["alias"] == "routes"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/-/brand-new", "no URL pattern matches"),
        ("/next-word/x", "a reserved word"),
        ("/nobody", "drawn by a hash of the name"),
        ("/api/v4/projects/91010", "the ID's range"),
        ("/users/sign_in", "as a preference"),
        ("/my-company", "lives on pod_eu0"),
    ],
)
def test_learn_says_why(path: str, why: str) -> None:
    assert why in str(explained("GET", path)["why"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("BREW", "/a"), "method must be one of"),
        (("GET", "a"), "learn answers 400"),
        (("GET", "/a", "--as-pod", "pod_nope"), "known: pod_0"),
    ],
)
def test_learn_says_what_is_wrong(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        output("learn", *arguments)
