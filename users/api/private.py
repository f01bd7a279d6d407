"""What all endpoints of the API have in common that depend on who asks."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from django.db import OperationalError
from django.http import Http404, HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from routing.learn import Answer
from users.api.inputs import Takes, read, refuse_no_change, refuse_unknown, sent_by
from users.api.limits import RequestsAMinute
from users.models import PersonalAccessToken, User


class WithinScope(BasePermission):
    """A token made for reading changes nothing."""

    message = "This token may only read. Make one with the scope api."
    code = "insufficient_scope"

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the token of the request, if any, may do what is asked."""
        user = request.user
        reads_only = isinstance(user, User) and user.token_scope == PersonalAccessToken.Scope.READ_API
        return request.method in SAFE_METHODS or not reads_only


def refuse_other_organizations(request: Request) -> None:
    """Raise `Http404` for a token that is limited to one organization, where the address is another one's: the same
    as for what does not exist. `OperationalError` when it cannot be known whose the address is.
    """
    user = request.user
    if not isinstance(user, User) or user.limited_to is None:
        return
    answer: Answer | None = request._request.pod.answer  # type: ignore[attr-defined]
    if answer is None:
        raise OperationalError("routes cannot be asked whose this address is")
    if not answer.is_of(user.limited_to):
        raise Http404("another organization's, and the token is limited")


FOR_PEOPLE = (IsAuthenticated, WithinScope)
"""Permissions of what visitors cannot ask at all."""


class PrivateView(APIView):
    """An endpoint whose responses are not stored, because they depend on who asks.

    Faults of the request itself are found before anything is looked up, so they do not depend on what the address
    names: an invalid token, too many requests, a wrong method, a token with too narrow a scope, an unknown parameter or
    field, and in a list a parameter's wrong value.
    """

    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticatedOrReadOnly, WithinScope)
    throttle_classes = (RequestsAMinute,)
    # OPTIONS would describe an address whose row nobody has looked for; it is 405, with what is allowed.
    http_method_names = ["get", "head", "post", "put", "delete"]

    sent: Mapping[str, Any]
    """Everything that the request says, by name."""
    asked: Mapping[str, Any]
    """The valid parameters of a list, with their defaults."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check as REST framework does, in another order: guesses at tokens count as requests, and a wrong method is
        405 with and without a token.
        """
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        try:
            self.perform_authentication(request)
        finally:
            self.check_throttles(request)
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request, *args, **kwargs)
        self.check_permissions(request)
        self._read(request)
        refuse_other_organizations(request)

    def taken(self) -> Takes:
        """What this request may say, as `takes` declares it for its method."""
        handler = getattr(self, str(self.request.method).lower())
        declared: Takes = getattr(handler, "takes", Takes())
        return declared

    def given(self, **context: Any) -> dict[str, Any]:
        """Return the valid fields of a request that writes. Raises `ValidationError`, which tells the wrong ones."""
        body = self.taken().body
        if getattr(body, "at_least_one", False):
            refuse_no_change(body, self.sent)
        return read(body, self.sent, **context)

    def _read(self, request: Request) -> None:
        """Read what was sent; `asked` are the valid parameters of a request that only reads."""
        taken, writes = self.taken(), request.method not in SAFE_METHODS
        self.sent = sent_by(request, writes=writes)
        refuse_unknown(self.sent, taken, writes=writes)
        self.asked = {} if writes else read(taken.query, self.sent)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """The response, not to be stored."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "private, no-store"
        return final


class AbsentView(PrivateView):
    """An API address behind which nothing is built: 404 for every method, 401 for an invalid token."""

    permission_classes = ()

    def perform_authentication(self, request: Request) -> None:
        """Authenticate; a session without a CSRF token counts as no session, since nothing can change here."""
        with contextlib.suppress(PermissionDenied):
            super().perform_authentication(request)

    def http_method_not_allowed(self, request: HttpRequest | Request, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise `Http404`."""
        raise Http404("this address is not built")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description tells of tokens."""

    target_class = "users.api.authentication.TokenOrSession"
    name = "personalAccessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A Security Scheme Object (OpenAPI 3.0.3)."""
        return {"type": "apiKey", "in": "header", "name": "PRIVATE-TOKEN"}
