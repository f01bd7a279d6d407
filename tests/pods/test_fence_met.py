"""A view whose write meets the fence: sent again when nothing was saved, told so when something was."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.db import DatabaseError, OperationalError, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from pods.middleware.failures import DatabaseFailuresMiddleware
from pods.middleware.ownership import OwnershipMiddleware
from pods.views.refusals import MOVING, SAVED, SEND_AGAIN
from routing import claims
from routing.models import Route
from routing.outcomes.conclude import make_under_claim
from schemas import gate, saved
from tests.cast import make_organization
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

ELSEWHERE = "INSERT INTO django_migrations (app, name, applied) VALUES ('fence', 'x', now())"


@pytest.fixture
def fenced() -> Organization:
    """An organization whose gate was shut after its request was let in."""
    organization = make_organization("fenced-one")
    OrganizationState.objects.using("main").filter(pk=organization.pk).update(state="fenced")
    saved.forget()
    return organization


def answer_of(view: Callable[[], object]) -> HttpResponse:
    """What the pod answers when a view that was let in does this."""
    request = RequestFactory().post("/fenced-one")
    failures = DatabaseFailuresMiddleware(lambda request: HttpResponse())

    def handled(request: HttpRequest) -> HttpResponse:
        with pytest.raises(DatabaseError) as caught:
            view()
        found = failures.process_exception(request, caught.value)
        assert isinstance(found, HttpResponse)
        return found

    let_in = SimpleNamespace(organization_id=None)
    request.pod = SimpleNamespace(answer=None, epoch=0, path=None, request_id="")  # type: ignore[attr-defined]
    with (
        patch("pods.middleware.ownership.path_of", return_value=SimpleNamespace(canonical="/fenced-one")),
        patch.object(OwnershipMiddleware, "_owned", return_value=let_in),
    ):
        response = OwnershipMiddleware(handled)(request)
    assert isinstance(response, HttpResponse)
    assert response.status_code == 503
    assert MOVING in response.content.decode()
    return response


def write_elsewhere() -> None:
    with connections["users"].cursor() as cursor:
        cursor.execute(ELSEWHERE)


def test_what_has_saved_nothing_is_sent_again(fenced: Organization) -> None:
    def view() -> None:
        with transaction.atomic(using="main"):
            gate.enter("main", fenced.pk)

    answer = answer_of(view)
    assert answer[SEND_AGAIN] == "1"
    assert "Nothing was changed." in answer.content.decode()


def test_what_has_saved_something_elsewhere_is_told_and_not_sent_again(fenced: Organization) -> None:
    def view() -> None:
        write_elsewhere()
        with transaction.atomic(using="main"):
            gate.enter("main", fenced.pk)

    answer = answer_of(view)
    assert SEND_AGAIN not in answer
    assert SAVED in answer.content.decode()


def test_what_is_saved_after_the_refusal_counts_too(fenced: Organization) -> None:
    """As a session is, by a middleware around the view."""

    def view() -> None:
        with transaction.atomic(using="main"):
            gate.enter("main", fenced.pk)

    request_ends = DatabaseFailuresMiddleware.process_exception

    def and_save(middleware: DatabaseFailuresMiddleware, *arguments: object) -> object:
        found = request_ends(middleware, *arguments)  # type: ignore[arg-type]
        write_elsewhere()
        return found

    with patch.object(DatabaseFailuresMiddleware, "process_exception", and_save):
        assert SEND_AGAIN not in answer_of(view)


@pytest.mark.parametrize("saves_elsewhere", [False, True])
def test_a_claim_is_given_back_at_once(fenced: Organization, saves_elsewhere: bool) -> None:
    def view() -> None:
        if saves_elsewhere:
            write_elsewhere()
        claimed = claims.claim(f"new-{uuid.uuid4().hex}", fenced.pk, "group")
        make_under_claim(claimed, lambda: gate.enter("main", fenced.pk))  # type: ignore[type-var]

    assert (SEND_AGAIN in answer_of(view)) is not saves_elsewhere
    assert not Route.objects.using("routes").filter(organization_id=fenced.pk, kind=Route.Kind.CLAIM).exists()


def test_a_claim_that_cannot_be_given_back_counts_as_saved(fenced: Organization) -> None:
    def view() -> None:
        claimed = claims.claim("kept-name", fenced.pk, "group")
        with patch("routing.outcomes.conclude.claims.release", side_effect=OperationalError("gone")):
            make_under_claim(claimed, lambda: gate.enter("main", fenced.pk))  # type: ignore[type-var]

    answer = answer_of(view)
    assert SEND_AGAIN not in answer
    assert SAVED in answer.content.decode()
