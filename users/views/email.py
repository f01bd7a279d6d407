"""`/-/profile/email`: another email address, asked for, taken back and confirmed (`users.email_changes`)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from schemas.pinning import use_primary_db
from users import email_changes
from users.forms import TOO_MANY_TRIES, EmailForm, refuse_unread
from users.limits import told_when
from users.reauthentication import reauthenticated
from users.signed_in import person
from users.views.profile import PROFILE, profile_page

GONE = 410


@never_cache
@require_POST
@reauthenticated
def change(request: HttpRequest) -> HttpResponse:
    """Send a link to the new address; the response is the same whether another user has it or not."""
    user = person(request)
    form = EmailForm(request.POST)
    with use_primary_db("users"):
        if not email_changes.may_ask(user):
            refuse_unread(form, TOO_MANY_TRIES)
            return told_when(profile_page(request, user, status=429, email_form=form))
        if not form.is_valid():
            return profile_page(request, user, status=422, email_form=form)
        # A session of this person may be older than their row.
        user.refresh_from_db(using="users")
        asked = email_changes.ask_for(user, form.cleaned_data["email"])
    messages.success(request, f"Open the link in the email to {asked.email}. Until then nothing changes.")
    return HttpResponseRedirect(PROFILE)


@never_cache
@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Keep the old address."""
    email_changes.take_back(person(request))
    messages.success(request, "Your email address stays as it is.")
    return HttpResponseRedirect(PROFILE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What the link leads to: a button, since programs that look through mails open links too."""
    user = person(request)
    try:
        if request.method != "POST":
            shown = {"change": email_changes.found_by(token, user), "token": token}
            return render(request, "users/email_confirm.html", shown)
        email = email_changes.confirm(token, user)
    except email_changes.ChangeClosed:
        return render(request, "users/email_refused.html", status=GONE)
    messages.success(request, f"Your email address is {email} now.")
    return HttpResponseRedirect(PROFILE)
