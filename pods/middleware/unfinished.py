"""The first request for a new organization, or for the name of a person who has just signed up, finishes it.

Any pod takes a new path or name in `routes`; only the owner pod writes to its own
`main`. Its janitor would do the same within half a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from organizations.founding import finish
from organizations.models import Organization
from organizations.tenancy.serving import serving
from pods import counters
from pods.details import PodRequest
from pods.views.refusals import MOVING, unavailable
from routing.learn import Answer
from routing.models import Route
from routing.outcomes.conclude import decide_handed_over
from schemas.identity import this_pod


class UnfinishedMiddleware:
    """After it is settled that this pod owns the path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.pod = this_pod().name

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, with everything that it is about in place; 503 when that cannot be made now."""
        answer = cast(PodRequest, request).pod.answer
        if answer is not None and answer.owner is not None and answer.pod == self.pod:
            try:
                served = self._finished(answer)
            except (OperationalError, InterfaceError):
                return unavailable(request, "The databases cannot be reached.")
            if not served:
                counters.not_active.inc()
                return unavailable(request, MOVING)
        return self.get_response(request)

    def _finished(self, answer: Answer) -> bool:
        """Finish what is unfinished; whether this pod serves the organization now."""
        assert answer.owner is not None  # noqa: S101  asked before
        if answer.owner.kind == Route.Kind.CLAIM:
            decide_handed_over(answer.question.key, self.pod)
        if answer.owner.state != Organization.State.CREATING or answer.organization_id is None:
            return True
        finish(answer.organization_id, self.pod)
        return serving(answer.organization_id).active
