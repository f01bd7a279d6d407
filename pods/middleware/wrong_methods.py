"""Answer 405 with a page that is the same for every address, so that it reveals nothing."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from pods.views.refusals import wrong_method

WRONG_METHOD = 405


class WrongMethodsMiddleware:
    """Adds a page to Django's empty 405 response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, filled in where it refuses a method and says nothing."""
        response = self.get_response(request)
        if response.status_code == WRONG_METHOD and isinstance(response, HttpResponse) and not response.content:
            return wrong_method(response)
        return response
