"""What all endpoints of the API have in common that depend on who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

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


FOR_PEOPLE = (IsAuthenticated, WithinScope)
"""Permissions of what visitors cannot ask at all."""


class PrivateView(APIView):
    """An endpoint whose answers nobody keeps: the address is the same for everybody, the answer is not.

    What is wrong with a request as such is answered before anything is looked up, so it is the same whatever the
    address names: too many requests, a token of no use, too narrow a token.
    """

    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticatedOrReadOnly, WithinScope)
    throttle_classes = (RequestsAMinute,)
    # OPTIONS would describe an address whose row nobody has looked for; it is 405, with what is allowed.
    http_method_names = ["get", "head", "post", "put", "delete"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As REST framework's, in another order: guesses at tokens are counted too."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        try:
            self.perform_authentication(request)
        finally:
            self.check_throttles(request)
        self.check_permissions(request)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """The response, not to be stored."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "private, no-store"
        return final


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description tells of tokens."""

    target_class = "users.api.authentication.TokenOrSession"
    name = "personalAccessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A Security Scheme Object (OpenAPI 3.0.3)."""
        return {"type": "apiKey", "in": "header", "name": "PRIVATE-TOKEN"}
