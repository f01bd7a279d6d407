"""`/-/profile/confirm`: confirm the password before it is asked for, as programs with a session have to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from users.power import asks_itself
from users.reauthentication import FIELD, ask, confirm
from users.signed_in import person

ACCOUNT = "/-/profile/account"


@asks_itself
@never_cache
@sensitive_post_parameters(FIELD)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_password(request: HttpRequest) -> HttpResponse:
    """The page that asks, and the answer to it."""
    person(request)
    if request.method != "POST":
        return ask(request)
    refusal = confirm(request)
    if refusal:
        return refusal
    messages.success(request, "Your password is confirmed.")
    return HttpResponseRedirect(ACCOUNT)
