"""`/-/profile`: a user's profile and account."""

from __future__ import annotations

from django.contrib import auth, messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from admin_settings.in_force import in_force
from schemas.pinning import use_primary_db
from users.forms import TOO_MANY_TRIES, AccountForm, ProfileForm, refuse_unread
from users.limits import is_within, told_when
from users.revocation import OnlyOwner, deactivate_oneself, end_all_sessions
from users.signed_in import person

PROFILE = "/-/profile"
ACCOUNT = "/-/profile/account"
SIGN_IN = "/users/sign_in"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change the user's name and email address."""
    user = person(request)
    if request.method != "POST":
        return render(request, "users/profile.html", {"form": ProfileForm(instance=user)})
    with use_primary_db("users"):
        form = ProfileForm(request.POST, instance=user)
        if form.is_valid():
            try:
                form.save()
            except IntegrityError:
                form.add_error("email", "Another account has just taken this email address.")
            else:
                messages.success(request, "Your profile was saved.")
                return HttpResponseRedirect(PROFILE)
    user.refresh_from_db()
    return render(request, "users/profile.html", {"form": form}, status=422)


@never_cache
@require_http_methods(["GET", "HEAD"])
def account(request: HttpRequest) -> HttpResponse:
    """Show the account page: sign out everywhere, or deactivate the account."""
    return render(request, "users/account.html", {"form": AccountForm(person(request))})


@never_cache
@require_http_methods(["POST"])
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of the user, including this one; then redirect to sign-in."""
    end_all_sessions(person(request))
    auth.logout(request)
    return HttpResponseRedirect(SIGN_IN)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["POST"])
def deactivate_account(request: HttpRequest) -> HttpResponse:
    """Deactivate the account after a correct password; then redirect to sign-in."""
    user = person(request)
    form = AccountForm(user, request.POST)
    if not is_within("password", str(user.pk), in_force().passwords_an_hour):
        refuse_unread(form, TOO_MANY_TRIES)
        return told_when(render(request, "users/account.html", {"form": form}, status=429))
    if not form.is_valid():
        return render(request, "users/account.html", {"form": form}, status=422)
    try:
        deactivate_oneself(user)
    except OnlyOwner:
        form.add_error(None, "You are the only owner of an organization. Make another member an owner first.")
        return render(request, "users/account.html", {"form": form}, status=422)
    auth.logout(request)
    return HttpResponseRedirect(SIGN_IN)
