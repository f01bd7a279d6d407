"""The API's description is complete, and what it describes holds whatever is sent: never a fault of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from django.core.cache import caches
from django.db import transaction
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monolith import api_descriptions, api_examples
from monolith.namespaces.models import Namespace, Project
from routing.index import Endpoint, endpoints
from tests.databases import ALIASES, PRIMARIES
from tests.monolith.api.conftest import JSON, Program

pytestmark = pytest.mark.django_db(databases=ALIASES)

EXAMPLES = 250
NOT_BUILT = "routing.views.not_built"
# The description itself, as a document and as a page.
NOT_DESCRIBED = {"/api/v4/openapi.json", "/api/v4/openapi"}
MISROUTED = 421
VERBS = {
    "Adds",
    "Changes",
    "Creates",
    "Deletes",
    "Lists",
    "Marks",
    "Revokes",
    "Moves",
    "Removes",
    "Replaces",
    "Returns",
    "Updates",
}
# What english.md calls translated: words for a person or thing that the sentence does not name.
TRANSLATED = re.compile(
    r"\b(somebody|nobody|whoever|whomever|anew|meanwhile|one's|oneself|thrice|the end of|those who|that one|"
    r"of no use|how .* does|who one is|to be made|is to be|all of them|it, for|not there)\b",
    re.IGNORECASE,
)
FORM = "application/x-www-form-urlencoded"


def _translated(text: str) -> list[Any]:
    return TRANSLATED.findall(text)


class Operation(NamedTuple):
    """One method of one address."""

    method: str
    path: str
    description: dict[str, Any]


def described() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


SCHEMA = described()
OPERATIONS = [
    Operation(method, path, description)
    for path, methods in SCHEMA["paths"].items()
    for method, description in methods.items()
    if "/pods/" not in path
]


def test_it_is_valid_and_raises_no_doubts(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    validate_schema(described())  # type: ignore[no-untyped-call]
    assert not GENERATOR_STATS, capsys.readouterr().err


def test_each_address_is_described() -> None:
    found = [each for each in endpoints(get_resolver()) if isinstance(each, Endpoint) and each.view != NOT_BUILT]
    paths = {"/" + "/".join(each.tokens).replace("<segment:", "{").replace(">", "}") for each in found}
    of_api = {path for path in paths if path.startswith("/api/v4/")}
    assert of_api - NOT_DESCRIBED == set(SCHEMA["paths"])


def test_each_operation_is_in_plain_english() -> None:
    operations = [each for methods in SCHEMA["paths"].values() for each in methods.values()]
    assert len(operations) > 50
    for each in operations:
        text, summary = each["description"], each["summary"]
        assert text.split()[0] in VERBS, text
        assert text.endswith("."), text
        assert summary[0].isupper(), summary
        assert summary[-1].isalpha(), summary
        assert not _translated(f"{summary} {text}"), text


def test_each_parameter_and_response_is_described() -> None:
    for operation in OPERATIONS:
        parameters, responses = operation.description.get("parameters", []), operation.description["responses"]
        assert {"401", "403", "429", "503"} <= set(responses)
        assert "400" in responses or not [each for each in parameters if each["in"] == "query"]
        assert len([each for each in parameters if each["in"] == "path"]) == operation.path.count("{")
        texts = [each["description"] for each in parameters]
        texts += [each["description"] for status, each in responses.items() if status >= "3"]
        for text in texts:
            assert text.endswith("."), (operation.path, text)
            assert not _translated(text), text


def test_no_schema_is_described_in_translated_words() -> None:
    assert not _translated(json.dumps(SCHEMA["components"]))


def test_each_text_belongs_to_an_operation() -> None:
    known = {f"{each.method.upper()} {each.path.removeprefix('/api/v4')}" for each in OPERATIONS}
    assert set(api_descriptions.OPERATIONS) <= known


def test_each_example_is_what_its_operation_takes() -> None:
    taking = {
        f"{each.method.upper()} {each.path.removeprefix('/api/v4')}": each.description["requestBody"]["content"]
        for each in OPERATIONS
        if "requestBody" in each.description
    }
    assert set(api_examples.BODIES) <= set(taking)
    for name, example in api_examples.BODIES.items():
        component = SCHEMA["components"]["schemas"][taking[name][JSON]["schema"]["$ref"].rpartition("/")[2]]
        assert {*component.get("required", ())} <= set(example) <= set(component["properties"]), name
        assert taking[name][JSON]["example"] == example


def test_each_part_of_an_address_has_an_example() -> None:
    parts = [each for one in OPERATIONS for each in one.description.get("parameters", ()) if each["in"] == "path"]
    assert all("example" in each and "pattern" not in each["schema"] for each in parts)


class Sent(NamedTuple):
    """A request to an operation; what stands in braces becomes an id of the test's own rows."""

    operation: Operation
    keys: dict[str, str]
    query: dict[str, Any]
    body: Any
    kind: str
    who: str

    def with_ids(self, ids: dict[str, int]) -> tuple[str, Any]:
        """The address and the body, with these ids."""
        path = self.operation.path.removeprefix("/api/v4").format(**self.keys).format(**ids)
        query = urlencode({name: _with_id(value, ids) for name, value in self.query.items()}, errors="ignore")
        body = self.body
        if isinstance(body, dict):
            body = {name: _with_id(value, ids) for name, value in body.items()}
        if self.kind == FORM:
            body = urlencode(body if isinstance(body, dict) else {"x": body}, errors="ignore")
        return f"{path}?{query}" if query else path, body if self.kind == FORM else json.dumps(body)


ROWS = ["project", "secret", "group", "open", "dana", "rita"]
PLACES = [f"{{{row}}}" for row in ROWS]
PEOPLE = ["dana", "olivia", "gus", "rita", "leo", "visitor"]
ANY_TEXT = st.text(st.characters(), max_size=12).filter(lambda text: not {"{", "}"} & set(text))
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=4,
)
WORDS = ["x", "tools", "tools/hammer", "close", "reopen", "internal", "private", "gus", "keyset", "desc"]
RIGHT = [*PLACES, *WORDS, 10, 30, 50, 0]
VALUES = st.sampled_from(RIGHT) | ANYTHING
NAMES = [*PLACES, "tools", "tools%2Fhammer", "vault%2Fgold", "acme", "rivals", "1", "0", "-1", "x.json", "9" * 30]
# A segment of dots is refused before it gets to any view.
SEGMENTS = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
    .filter(lambda text: text.strip(".") and not {"{", "}", "\0"} & set(text))
    .map(lambda text: quote(text, safe=""))
)
KEYS = st.sampled_from(NAMES) | SEGMENTS


def requests_of(operation: Operation) -> st.SearchStrategy[Sent]:
    """Requests to one operation, right and wrong."""
    parameters = operation.description.get("parameters", [])
    in_query = [each["name"] for each in parameters if each["in"] == "query"]
    fields = [*_fields(operation), "unknown"]
    writes = operation.method in {"post", "put"}
    return st.builds(
        Sent,
        operation=st.just(operation),
        keys=st.fixed_dictionaries({each["name"]: KEYS for each in parameters if each["in"] == "path"}),
        query=st.dictionaries(st.sampled_from(in_query), VALUES, max_size=3) if in_query else st.just({}),
        body=st.dictionaries(st.sampled_from(fields), VALUES) | ANYTHING if writes else st.none(),
        kind=st.sampled_from([JSON, JSON, JSON, FORM]),
        who=st.sampled_from(PEOPLE),
    )


@contextmanager
def undone() -> Iterator[None]:
    """Leave the databases as they were, so that each example can be repeated by itself."""
    points = {alias: transaction.savepoint(using=alias) for alias in PRIMARIES}
    try:
        yield
    finally:
        for alias, point in points.items():
            transaction.savepoint_rollback(point, using=alias)


@pytest.fixture
def people(request: pytest.FixtureRequest) -> dict[str, Program]:
    return {name: request.getfixturevalue(name) for name in PEOPLE}


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=st.sampled_from(OPERATIONS).flatmap(requests_of))
def test_whatever_is_sent_is_answered_as_described(
    sent: Sent, people: dict[str, Program], project: Project, secret: Project, open_group: Namespace
) -> None:
    caches["requests"].clear()
    users = {name: person.user.pk for name, person in people.items() if person.user}
    rows = {"project": project.pk, "secret": secret.pk, "group": project.namespace_id, "open": open_group.pk}
    path, body = sent.with_ids({**rows, **users})
    options = {} if sent.operation.method in {"get", "delete"} else {"body": body, "Content-Type": sent.kind}
    with undone():
        answer = people[sent.who].ask(sent.operation.method, path, **options)
    if answer.status_code == MISROUTED:
        # It belongs to another pod, to which a router would send it.
        return
    assert str(answer.status_code) in sent.operation.description["responses"], (path, body, answer.content)
    if answer.content:
        json.loads(answer.content)


def _with_id(value: Any, ids: dict[str, int]) -> Any:
    return ids[value[1:-1]] if isinstance(value, str) and value in PLACES else value


def _fields(operation: Operation) -> list[str]:
    content = operation.description.get("requestBody", {}).get("content", {})
    if JSON not in content:
        return []
    name = content[JSON]["schema"]["$ref"].rpartition("/")[2]
    return [*SCHEMA["components"]["schemas"][name]["properties"]]
