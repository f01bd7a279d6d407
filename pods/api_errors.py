"""What the API answers when it refuses: a JSON object with a `message`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler


def refuse(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer; None for what is not there or a fault of ours, which is answered as it is on pages."""
    if isinstance(error, Http404):
        return None
    response = exception_handler(error, context)
    if response is None or not isinstance(error, APIException):
        return response
    phrase = HTTPStatus(response.status_code).phrase
    response.data = {"message": f"{response.status_code} {phrase}", "detail": error.detail}
    response["Cache-Control"] = "no-store"
    return response
