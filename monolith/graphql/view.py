"""The addresses of the GraphQL API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from strawberry.types import ExecutionResult

from monolith.graphql.limits import MOST_CHARACTERS
from monolith.graphql.look import Look, TooSlow
from monolith.graphql.schema import carry_out
from monolith.namespaces.api.places import scope_of
from organizations.members.viewer import viewer_of
from organizations.models import GITLAB_COM_PUBLIC
from organizations.scope import Scope, active_organization
from pods.concealment import mark
from users.api.parsing import JSONParser
from users.api.private import PrivateView

Document = tuple[str, dict[str, Any] | None, str | None]
"""A text, its variables, and the name of its operation to carry out."""
FIELDS = {"query", "variables", "operationName", "extensions"}


class GraphQLView(PrivateView):
    """What a program asks in GraphQL: of one organization by its path, or of the caller's own."""

    # A document says itself whether it changes something.
    permission_classes = ()
    parser_classes = (JSONParser,)
    document: Document

    @extend_schema(exclude=True)
    def post(self, request: Request, path: str | None = None) -> Response:
        """Carry out one document."""
        scope = scope_of(request, None) if path is None else _scope_at(request, path)
        query, variables, operation = self.document
        look = Look(request, scope, self._count, operation)
        result = carry_out(look, query, variables)
        response = Response(_said(result))
        if look.missed:
            mark(response)
        return response

    def _read(self, request: Request) -> None:
        """Read the document before anything is looked up, as the REST API reads what is sent."""
        if request.query_params:
            raise ParseError("Send everything in the body: the address takes no parameters.")
        self.document = _document(request.data)

    def handle_exception(self, exc: Exception) -> Response:
        """As the REST API refuses, in the form of GraphQL's errors; 404 is the same as anywhere."""
        response = super().handle_exception(exc)
        if isinstance(exc, APIException) and isinstance(response.data, dict):
            said = exc.detail if isinstance(exc.detail, str) else HTTPStatus(response.status_code).phrase
            response.data = {"errors": [{"message": said}]}
        return response

    def _count(self, fields: int) -> None:
        """Each field at the top is as much as a request of the REST API; the first one is counted already."""
        for _ in range(fields - 1):
            self.check_throttles(self.request)


def _scope_at(request: Request, path: str) -> Scope:
    """The organization of a path, for those who belong to it. Raises `Http404`."""
    viewer, found = viewer_of(request.user), active_organization(path) if path.isascii() else None
    if found is None or not viewer.belongs_to(found.pk):
        raise Http404("no such organization, or none of theirs")
    return Scope(viewer, None if found.pk == GITLAB_COM_PUBLIC else found)


def _document(sent: Any) -> Document:
    """The document, its variables and the name of its operation. Raises `ParseError`."""
    if isinstance(sent, list):
        raise ParseError("Send one query at a time: a batch is not accepted.")
    if not isinstance(sent, dict):
        raise ParseError("Send a JSON object with a query.")
    unknown = sorted(sent.keys() - FIELDS)
    if unknown:
        raise ParseError(f"Unknown field: {unknown[0][:100]}. Send query, variables and operationName.")
    query, variables, operation = sent.get("query"), sent.get("variables"), sent.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise ParseError("query must be a text.")
    if len(query) > MOST_CHARACTERS:
        raise ParseError(f"The query has {len(query):,} characters, which is more than {MOST_CHARACTERS:,}.")
    if not (variables is None or isinstance(variables, dict)):
        raise ParseError("variables must be an object.")
    if not (operation is None or isinstance(operation, str)):
        raise ParseError("operationName must be a text.")
    return query, variables, operation


def _said(result: ExecutionResult) -> dict[str, Any]:
    late = next((each for each in result.errors or () if isinstance(each.original_error or each, TooSlow)), None)
    said: dict[str, Any] = {"data": result.data}
    if late is not None:
        # Every field that came after it says the same.
        said["errors"] = [{"message": late.message}]
    elif result.errors:
        said["errors"] = [dict(each.formatted) for each in result.errors]
    return said
