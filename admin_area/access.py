"""Access to the Admin Area, and rules for all of its pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from schemas.identity import this_pod
from schemas.pinning import use_primary_db
from users.hashing import SAFE_METHODS
from users.models import User
from users.power import asks_itself
from users.reauthentication import FIELD, confirm

View = Callable[..., HttpResponseBase]


def administrators_only(view: View) -> View:
    """A decorator: for other users the page does not exist. An administrator who changes something confirms their
    password (`users.reauthentication`) and reads from the primaries.
    """

    @wraps(view)
    def look(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        who = administrator_of(request)
        if request.method in SAFE_METHODS:
            return _rendered(view(request, *arguments, **named))
        with use_primary_db():
            # Again: what a replica says of who is an administrator may be a moment old.
            who.refresh_from_db(using="users")
            administrator_of(request)
            refusal = confirm(request, served_by=this_pod())
            return refusal or _rendered(view(request, *arguments, **named))

    return asks_itself(never_cache(sensitive_post_parameters(FIELD)(look)))


def is_administrator(request: HttpRequest) -> bool:
    """Whether the request comes from an administrator."""
    user = request.user
    # Not `isinstance` alone: it would look into a lazy object, which is what is wanted here.
    return isinstance(user, User) and user.is_active and user.is_superuser and user.limited_to is None


def administrator_of(request: HttpRequest) -> User:
    """Return the administrator; raises `Http404` for other users, including former administrators."""
    user = request.user
    if not isinstance(user, User) or not is_administrator(request):
        raise Http404("for administrators only")
    return user


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """The response, its template's queries asked here, where a database that fails is handled as everywhere."""
    return response.render() if isinstance(response, SimpleTemplateResponse) else response
