"""Withhold an administrator's power from a session until its password was confirmed (`users.reauthentication`).

An administrator sees everything, but what they change in groups, projects and organizations of others they change by
being an administrator alone. A request that would change something gets that power only when the password was given
lately. Without it the request goes as far as the person's own roles do; when that ends in a refusal, the answer is the
page that asks for the password, and what was sent goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from users.hashing import SAFE_METHODS
from users.models import User
from users.reauthentication import FIELD, ask, confirm, is_fresh

REFUSALS = frozenset({400, 403, 404, 422})
API = "/api/"
SAID = "Confirm your password at /-/profile/confirm, then send the request again; or use an access token."


def withhold(request: HttpRequest, user: User) -> None:
    """Withhold the power of a session's person, where they have some and the request would change something."""
    user.power_withheld = user.is_superuser and request.method not in SAFE_METHODS and not is_fresh(request)


def asks_itself(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator: this view asks for the password whatever it is sent, on a page of its own."""
    view.asks_itself = True  # type: ignore[attr-defined]
    return view


class PowerMiddleware:
    """Asks for the password where power was missed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response; when it is a refusal that more power might have prevented, the question for the password."""
        response = self.get_response(request)
        if response.status_code not in REFUSALS or request.method in SAFE_METHODS:
            return response
        user = request.user
        if not isinstance(user, User) or not user.power_missed:
            return response
        if request.path.startswith(API):
            return JsonResponse({"message": f"403 Forbidden - {SAID}"}, status=403)
        return ask(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], arguments: Any, named: Any
    ) -> HttpResponseBase | None:
        """Take the answer to the question, in place of the view when it is wrong."""
        if request.method in SAFE_METHODS or request.path.startswith(API) or hasattr(view, "asks_itself"):
            return None
        if FIELD not in request.POST:
            return None
        user = request.user
        if not isinstance(user, User) or not user.power_withheld:
            return None
        refusal = confirm(request)
        user.power_withheld = refusal is not None
        return refusal
