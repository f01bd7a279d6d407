"""What the API answers when it refuses: a JSON object with a `message`, in the form that GitLab gives it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def refuse(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer; None for what is not there or a fault of ours, which is answered as it is on pages."""
    if isinstance(error, Http404):
        return None
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    response.data = _said(error, response.status_code)
    response["Cache-Control"] = "no-store"
    return response


def _said(error: exceptions.APIException, status: int) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return {"message": error.detail}
    if error.get_codes() == "nothing_to_change":
        # Clients of GitLab read it in either place.
        return {"message": error.detail, "error": error.detail}
    body = {"message": f"{status} {HTTPStatus(status).phrase}", "detail": error.detail}
    if error.get_codes() == "insufficient_scope":
        body |= {"error": "insufficient_scope", "scope": "api"}
    return body
