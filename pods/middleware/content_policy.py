"""What a browser may load for a page of ours (Content Security Policy Level 3).

Word for word the same on every pod and after every start: an order of
directives that depends on the process would tell which pod answered.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

HEADER = "Content-Security-Policy"
# Pages need their own stylesheet, and their own script, which asks for the counts of the top bar.
PAGES = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class ContentPolicyMiddleware:
    """Gives every response the policy of pages, unless its view gave it one of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response with its policy."""
        response = self.get_response(request)
        response.headers.setdefault(HEADER, PAGES)
        return response
