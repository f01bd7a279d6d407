"""What holds for learn's answers to all paths."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from routing.declare import Rule, Source
from routing.learn import Answer
from routing.paths import PathInvalid
from schemas.identity import this_topology
from tests.databases import ALIASES
from tests.routing import generated
from tests.routing.asking import answer_of

pytestmark = [pytest.mark.django_db(databases=ALIASES), pytest.mark.usefixtures("routes")]
many = hypothesis_settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])


def asked(path: str, pod: str = "pod_us0") -> Answer:
    try:
        return answer_of(pod, path)
    except PathInvalid:
        assume(False)
        raise


def covers(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


@many
@given(generated.paths)
def test_the_path_is_a_whole_segment_prefix_of_what_was_asked(path: str) -> None:
    answer = asked(path)
    assert answer.path == path if answer.exact else covers(answer.path, path)
    assert answer.exact or answer.path != "/"


@many
@given(generated.paths)
def test_the_wide_prefix_covers_the_path(path: str) -> None:
    answer = asked(path)
    assert answer.exact == (answer.prefix is None)
    assert answer.prefix is None or (covers(answer.prefix, answer.path) and answer.prefix != "/")


@many
@given(generated.paths)
def test_all_pods_of_a_region_answer_alike(path: str) -> None:
    for region in this_topology().regions:
        answers = [asked(path, pod.name) for pod in this_topology().pods_of(region)]
        if answers[0].source != Source.ANY:
            assert len({answer[:9] for answer in answers}) == 1


@many
@given(generated.paths, st.lists(generated.segments, max_size=4))
@example("/admin", ["pods", "pod_eu0"])
@example("/groups/new", ["x"])
@example("/my-company", ["x.keys", "-"])
@example("/api/v4/projects/17", ["", "-"])
def test_every_path_below_an_answered_prefix_has_the_same_owner(path: str, below: list[str]) -> None:
    answer = asked(path)
    prefix = answer.prefix
    assume(prefix is not None)
    other = asked("/".join([prefix or "", *below]))
    # The one exception: /admin/pods/<pod> is a longer prefix than /admin, and wins.
    if answer.question.declaration.rule is Rule.LEGACY and other.question.declaration.rule in {Rule.POD, Rule.NOBODY}:
        assert other.path.startswith("/admin/pods/")
    else:
        assert (other.pod, other.source, other.epoch) == (answer.pod, answer.source, answer.epoch)


@many
@given(generated.paths)
def test_replica_and_primary_answer_alike(path: str) -> None:
    assert asked(path)[:9] == answer_of("pod_us0", path, fresh=True)[:9]
