"""`/-/profile`: a user's profile and account."""

from __future__ import annotations

from django.contrib import auth, messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from admin_settings.in_force import in_force
from users.email_changes import pending
from users.forms import TOO_MANY_TRIES, AccountForm, EmailForm, ProfileForm, refuse_unread
from users.hashing import hashes
from users.limits import is_within, told_when
from users.models import User
from users.reauthentication import confirm
from users.revocation import OnlyOwner, deactivate_oneself, end_all_sessions, revoke_tokens
from users.signed_in import person
from users.tokens import tokens_that_work, what_stays

PROFILE = "/-/profile"
ACCOUNT = "/-/profile/account"
SIGN_IN = "/users/sign_in"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change the user's name; the email address has a form of its own (`users.views.email`)."""
    user = person(request)
    if request.method != "POST":
        return profile_page(request, user)
    form = ProfileForm(request.POST, instance=user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your profile was saved.")
        return HttpResponseRedirect(PROFILE)
    user.refresh_from_db()
    return profile_page(request, user, form=form, status=422)


def profile_page(request: HttpRequest, user: User, *, status: int = 200, **filled_in: BaseForm) -> HttpResponse:
    """The page with both forms, one of them with what was sent."""
    forms: dict[str, BaseForm] = {"form": ProfileForm(instance=user), "email_form": EmailForm()}
    return render(request, "users/profile.html", forms | filled_in | {"change": pending(user)}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def account(request: HttpRequest) -> HttpResponse:
    """Show the account page: sign out everywhere, or deactivate the account."""
    return account_page(request, AccountForm(person(request)))


def account_page(request: HttpRequest, form: AccountForm, status: int = 200) -> HttpResponse:
    """The page, with the form of leaving."""
    shown = {"form": form, "tokens": tokens_that_work(person(request))}
    return render(request, "users/account.html", shown, status=status)


@never_cache
@require_http_methods(["POST"])
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of the user, including this one; with `tokens`, revoke their access tokens."""
    user = person(request)
    if "tokens" in request.POST:
        refusal = confirm(request)
        if refusal:
            return refusal
        revoke_tokens(user)
    end_all_sessions(user)
    auth.logout(request)
    messages.success(request, f"You are signed out everywhere. {what_stays(user)}")
    return HttpResponseRedirect(SIGN_IN)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["POST"])
@hashes
def deactivate_account(request: HttpRequest) -> HttpResponse:
    """Deactivate the account after a correct password; then redirect to sign-in."""
    user = person(request)
    form = AccountForm(user, request.POST)
    if not is_within("password", str(user.pk), in_force().passwords_an_hour):
        refuse_unread(form, TOO_MANY_TRIES)
        return told_when(account_page(request, form, 429))
    if not form.is_valid():
        return account_page(request, form, 422)
    try:
        deactivate_oneself(user)
    except OnlyOwner:
        form.add_error(None, "You are the only owner of an organization. Make another member an owner first.")
        return account_page(request, form, 422)
    auth.logout(request)
    return HttpResponseRedirect(SIGN_IN)
