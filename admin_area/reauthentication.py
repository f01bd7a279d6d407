"""Confirm the password before an administrator changes anything.

A session that was left open or stolen can open pages, but changes
nothing. What was about to be sent is kept on the page that asks, and goes on
with the right password; then no page asks again for some minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters

from admin_settings.in_force import in_force
from schemas.identity import this_pod
from users.forms import LONGEST_PASSWORD, TOO_MANY_TRIES, own_password, refuse_unread
from users.limits import is_within, told_when
from users.models import User

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MINUTES = 10
"""For how long one proof is enough."""
FIELD = "reauthentication_password"
SESSION_KEY = "reauthenticated_at"
NOT_ASKED_AGAIN = frozenset({FIELD, "csrfmiddlewaretoken"})

INVALID = 422
TOO_MANY = 429


class ReauthenticationForm(forms.Form):
    """The password of who is signed in; its name is no other form's."""

    def __init__(self, user: User, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._user = user
        self.fields[FIELD] = forms.CharField(
            label="Your password",
            strip=False,
            max_length=LONGEST_PASSWORD,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
        )

    def clean(self) -> dict[str, Any]:
        """Their own."""
        if FIELD in self.cleaned_data:
            try:
                own_password(self._user, self.cleaned_data[FIELD])
            except forms.ValidationError as error:
                self.add_error(FIELD, error)
        return self.cleaned_data


def reauthenticated(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A decorator: a request that would change something waits until the user has confirmed their password, at
    most `MINUTES` ago.
    """

    @sensitive_post_parameters(FIELD)
    @wraps(view)
    def look(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if request.method not in SAFE_METHODS and not is_fresh(request):
            refusal = _ask(request)
            if refusal is not None:
                return refusal
        return view(request, *arguments, **named)

    return look


def is_fresh(request: HttpRequest) -> bool:
    """Whether the password was given lately, in this session."""
    given_at: float = request.session.get(SESSION_KEY, 0.0)
    return 0 <= time.time() - given_at < MINUTES * 60


def _ask(request: HttpRequest) -> HttpResponse | None:
    """The page that asks; None when the answer came with the request and is right."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  administrators are signed in
    if FIELD not in request.POST:
        return _page(request, ReauthenticationForm(user))
    form = ReauthenticationForm(user, request.POST)
    if not is_within("password", str(user.pk), in_force().passwords_an_hour):
        refuse_unread(form, TOO_MANY_TRIES)
        return told_when(_page(request, form, TOO_MANY))
    if not form.is_valid():
        return _page(request, form, INVALID)
    request.session[SESSION_KEY] = time.time()
    return None


def _page(request: HttpRequest, form: ReauthenticationForm, status: int = 200) -> HttpResponse:
    kept = [(name, value) for name, values in request.POST.lists() if name not in NOT_ASKED_AGAIN for value in values]
    shown = {"form": form, "kept": kept, "minutes": MINUTES, "served_by": this_pod()}
    return render(request, "admin_area/reauthenticate.html", shown, status=status)
