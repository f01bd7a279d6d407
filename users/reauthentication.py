"""Ask for the password again before something that a stolen session must not do.

A session that was left open or stolen opens pages, but it changes neither the email address nor the
access tokens, and has no power of an administrator over what is others'. The page that asks keeps what was about to
be sent, and goes on with the right password; then no page asks again for `confirmation_minutes`.

A program with an access token is never asked: it has no session that could be stolen.
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
from users.forms import LONGEST_PASSWORD, TOO_MANY_TRIES, own_password, refuse_unread
from users.hashing import SAFE_METHODS, begin
from users.limits import is_within, told_when
from users.models import User
from users.signed_in import person

FIELD = "reauthentication_password"
SESSION_KEY = "reauthenticated_at"
NOT_ASKED_AGAIN = frozenset({FIELD, "csrfmiddlewaretoken"})
TEMPLATE = "users/reauthenticate.html"

INVALID = 422
TOO_MANY = 429

View = Callable[..., HttpResponseBase]


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


def reauthenticated(view: View) -> View:
    """A decorator: a request that changes something waits until its person has given their password again, at most
    `confirmation_minutes` ago. Visitors are sent to sign in (`Http404`).
    """

    @sensitive_post_parameters(FIELD)
    @wraps(view)
    def look(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        refusal = None if request.method in SAFE_METHODS else confirm(request)
        return view(request, *arguments, **named) if refusal is None else refusal

    return look


def is_fresh(request: HttpRequest) -> bool:
    """Whether the password was given lately, in this session."""
    given_at: float = request.session.get(SESSION_KEY, 0.0)
    return 0 <= time.time() - given_at < in_force().confirmation_minutes * 60


def mark(request: HttpRequest) -> None:
    """Note that the password was given right now; for who has just checked it."""
    request.session[SESSION_KEY] = time.time()


def confirm(request: HttpRequest, **shown: Any) -> HttpResponse | None:
    """Return the page that asks for the password; None when it was given lately, or came with the request."""
    if is_fresh(request):
        return None
    user = person(request)
    if FIELD not in request.POST:
        return ask(request, **shown)
    form = ReauthenticationForm(user, request.POST)
    begin()
    if not is_within("password", str(user.pk), in_force().passwords_an_hour):
        refuse_unread(form, TOO_MANY_TRIES)
        return told_when(_page(request, form, TOO_MANY, **shown))
    if not form.is_valid():
        return _page(request, form, INVALID, **shown)
    mark(request)
    return None


def ask(request: HttpRequest, **shown: Any) -> HttpResponse:
    """The page that asks, with what was sent kept in it."""
    return _page(request, ReauthenticationForm(person(request)), **shown)


def _page(request: HttpRequest, form: ReauthenticationForm, status: int = 200, **shown: Any) -> HttpResponse:
    kept = [(name, value) for name, values in request.POST.lists() if name not in NOT_ASKED_AGAIN for value in values]
    shown |= {"form": form, "kept": kept, "minutes": in_force().confirmation_minutes}
    page = render(request, TEMPLATE, shown, status=status)
    page["Cache-Control"] = "private, no-store"
    return page
