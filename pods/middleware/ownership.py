"""A pod never trusts the routing of a request: it refuses what it does not own before processing anything.

The seed: "Pods may receive requests for the resources they don't own, but they
know how to redirect back to the correct pod." The owner is what `routes` says,
confirmed by this pod's own `organization_state`: rows that lie here prove
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from organizations.models import Organization
from organizations.tenancy.presence import admitted_for
from organizations.tenancy.serving import Serving, serving, serving_name
from pods import counters
from pods.callers import for_caller
from pods.details import Details, PodRequest, path_of
from pods.drain import drain
from pods.learn import pod_cache, redirect
from pods.views.refusals import MOVING, SEND_AGAIN, bad_request, moving, unavailable
from routing.classify import Lookup, classify
from routing.declare import Source
from routing.learn import Answer, learn, located
from routing.lookup import RoutesUnreachable
from routing.paths import PathInvalid, RawPath
from schemas import saved
from schemas.identity import this_pod
from schemas.positions import is_behind

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class NotServed(Exception):
    """This pod owns the organization but does not serve it at the moment, because it is being moved."""


class Fenced(NotServed):
    """The same, for a moment only: nothing was begun, so the request can be sent again."""


class Misrouted(Exception):
    """Another pod owns the path."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.path} is served by {answer.pod}")
        self.answer = answer


class OwnershipMiddleware:
    """Runs before sessions and everything that writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.pod = this_pod().name

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The pod's response to what it owns, with the header by which routers remember; 421 to what it does not."""
        details = cast(PodRequest, request).pod
        try:
            details.path = path = path_of(request, details)
            request.path = request.path_info = path.canonical
            details.answer = self._owned(request, path, details, reads=request.method in SAFE_METHODS)
        except PathInvalid as error:
            return bad_request("path_info", str(error))
        except Misrouted as misrouted:
            details.answer = misrouted.answer
            return _send_on(request, misrouted.answer)
        except NotServed as error:
            counters.not_active.inc()
            return _refuse(request, again=isinstance(error, Fenced))
        except RoutesUnreachable:
            counters.unconfirmed.inc()
            if not self._proves_itself(path):
                return unavailable(request, "The databases cannot be reached.")
        except (OperationalError, InterfaceError):
            return unavailable(request, "The databases cannot be reached.")
        with admitted_for(details.answer.organization_id if details.answer else None):
            response = self.get_response(request)
        if saved.is_anything():
            # Perhaps after the refusal, such as a session.
            del response[SEND_AGAIN]
        _let_remember(details.answer, response)
        return response

    def _owned(self, request: HttpRequest, path: RawPath, details: Details, *, reads: bool) -> Answer:
        """Learn's answer when this pod may serve the path. Raises `Misrouted`, `NotServed`, `RoutesUnreachable`.

        Two pods that see different things ask the primary in turn, each time one knows of a newer epoch, and so
        never send a request to and fro.
        """
        answer = _where(request, path, fresh=is_behind("routes"))
        if self._is_doubtful(answer, details):
            answer = _where(request, path, fresh=True)
            if answer.pod == self.pod and not _is_new(answer):
                _refuse_unserved(_serves(answer), reads=reads)
        if answer.pod == self.pod or answer.source is Source.ANY or answer.preference:
            return answer
        raise Misrouted(answer)

    def _is_doubtful(self, answer: Answer, details: Details) -> bool:
        """Whether only the primary may decide: the request shows that a newer state exists than this answer has."""
        if details.epoch > (answer.epoch or 0):
            return answer.source in {Source.ROUTABLE, Source.UNKNOWN}
        if details.hops > 1 and answer.pod != self.pod and answer.question.declaration.is_by_credential:
            # Another pod sees another organization of this caller, or another pod of it.
            return True
        if answer.organization_id is None:
            return False
        here = _serves(answer)
        return not here.active if answer.pod == self.pod else here.arriving

    def _proves_itself(self, path: RawPath) -> bool:
        """Whether this pod's own database proves that it serves a path, while `routes` cannot be asked.

        At most one pod is ever active for an organization: a move fences its source before its target serves.
        """
        question = classify(path)
        if question.lookup is None:
            return question.declaration.source is Source.ANY or question.declaration.source is Source.FIXED
        try:
            here = serving_name(question.key) if question.lookup is Lookup.NAME else None
        except (OperationalError, InterfaceError):
            return False
        return here is not None and here.active


def _where(request: HttpRequest, path: RawPath, *, fresh: bool) -> Answer:
    answer = learn(path, fresh=fresh)
    if answer.question.declaration.is_by_credential:
        return for_caller(request, answer, fresh=fresh)
    return located(answer, fresh=fresh)


def _refuse_unserved(here: Serving, *, reads: bool) -> None:
    """Raise `NotServed` unless this pod serves an organization that `routes` gives to it, or lets it be read."""
    if not (here.readable if reads else here.active):
        # A fence is opened again, or the organization is elsewhere; what comes in is served next.
        raise Fenced if here.changing else NotServed


def _refuse(request: HttpRequest, *, again: bool) -> HttpResponse:
    """503, after the body; a router sends the request again when the header says so."""
    if not again:
        return unavailable(request, MOVING)
    if not drain(request):
        counters.undrained.inc()
    return moving(request)


def _is_new(answer: Answer) -> bool:
    """Whether the organization was just made; this pod finishes it next (pods/middleware/unfinished.py)."""
    return answer.owner is not None and answer.owner.state == Organization.State.CREATING


def _serves(answer: Answer) -> Serving:
    return Serving.ALWAYS if answer.organization_id is None else serving(answer.organization_id)


def _send_on(request: HttpRequest, answer: Answer) -> HttpResponse:
    """421 (RFC 9110, 15.5.20), with the owner for the router, after the body."""
    counters.misrouted.inc()
    if not drain(request):
        counters.undrained.inc()
    return HttpResponse(
        "Another pod serves this page. A router forwards such requests to that pod.\n",
        status=421,
        content_type="text/plain",
        headers={"X-Gitlab-Pod-Redirect": redirect(answer), "Cache-Control": "no-store"},
    )


def _let_remember(answer: Answer | None, response: HttpResponseBase) -> None:
    """Name the widest prefix with this owner. What has no key is never remembered from a response."""
    if answer is None or answer.organization_id is None or answer.question.declaration.is_by_credential:
        return
    if not _is_settled(response.status_code):
        return
    remembered = pod_cache(answer)
    if remembered:
        response["X-Gitlab-Pod-Cache"] = remembered
        response["X-Gitlab-Pod-Epoch"] = str(answer.epoch)


def _is_settled(status: int) -> bool:
    return 200 <= status < 400 or status == 404
