"""The arrows between the states, which the database enforces whatever the code says."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from moves.models import OrganizationMove
from moves.states import ARROWS, NEW_ATTEMPT, State
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.cast import make_organization
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture
def organization() -> Organization:
    return make_organization("ours")


def make(organization: Organization, **fields: Any) -> OrganizationMove:
    values = {"organization": organization, "source": "pod_us0", "target": "pod_eu0", **fields}
    return OrganizationMove.objects.using("routes").create(**values)


def refused(move: OrganizationMove, **columns: Any) -> str:
    """The constraint that refuses a change; empty when it is made."""
    try:
        with transaction.atomic(using="routes"):
            OrganizationMove.objects.using("routes").filter(pk=move.pk).update(**columns)
            transaction.set_rollback(True, using="routes")
    except IntegrityError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    return ""


def test_the_database_permits_these_arrows_and_no_others(organization: Organization) -> None:
    permitted = set()
    for was, to in product(State, State):
        with transaction.atomic(using="routes"):
            move = make(organization, state=was, kind="return", returns=_another())
            if was != to and refused(move, state=to, attempt=1) == "":
                permitted.add((was, to))
            transaction.set_rollback(True, using="routes")
    assert permitted == {(was, to) for was, following in ARROWS.items() for to in following}


def test_only_a_return_streams_without_a_copy(organization: Organization) -> None:
    move = make(organization, state=State.PREPARING)
    assert refused(move, state=State.STREAMING) == "organization_moves_follow"


def test_an_attempt_never_falls(organization: Organization) -> None:
    move = make(organization, state=State.STREAMING, attempt=3)
    assert refused(move, attempt=2) == "organization_moves_follow"


@pytest.mark.parametrize("state", sorted(NEW_ATTEMPT))
def test_what_only_one_may_finish_has_a_new_attempt(organization: Organization, state: str) -> None:
    move = make(organization, state=State.STREAMING, attempt=3)
    assert refused(move, state=state) == "organization_moves_follow"
    assert refused(move, state=state, attempt=4) == ""


@pytest.mark.parametrize("change", [{"source": "pod_us1"}, {"target": "pod_us1"}])
def test_a_move_does_not_become_another_one(organization: Organization, change: dict[str, str]) -> None:
    assert refused(make(organization), **change) == "organization_moves_follow"


def test_an_organization_has_one_open_move(organization: Organization) -> None:
    make(organization, state=State.DONE)
    make(organization)
    with pytest.raises(IntegrityError, match="organization_moves_one_is_open"), transaction.atomic(using="routes"):
        make(organization)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"target": "pod_us0"}, "organization_moves_to_another_pod"),
        ({"organization_id": GITLAB_COM_PUBLIC}, "organization_moves_gitlab_com_public_stays"),
        ({"kind": "return"}, "organization_moves_return_has_a_move"),
    ],
)
def test_a_move_that_cannot_be_is_refused(organization: Organization, fields: dict[str, Any], constraint: str) -> None:
    values = {"organization_id": organization.pk, "source": "pod_us0", "target": "pod_eu0", **fields}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(using="routes"):
        OrganizationMove.objects.using("routes").create(**values)


@pytest.mark.parametrize("statement", ["UPDATE organization_move_events SET text = ''", "DELETE FROM {}"])
def test_what_happened_cannot_be_changed(organization: Organization, statement: str) -> None:
    move = make(organization)
    move.events.using("routes").create(move=move, who="somebody", state=move.state, attempt=0, text="asks")
    for table in ("organization_move_events", "organization_moves"):
        if "{}" not in statement and table == "organization_moves":
            continue
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(using="routes"),
            connections["routes"].cursor() as cursor,
        ):
            cursor.execute(statement.format(table))


def _another() -> OrganizationMove:
    number = Organization.objects.using("routes").count()
    return make(make_organization(f"other{number}"), state=State.RETURNED)
