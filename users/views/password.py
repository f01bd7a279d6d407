"""Change a password, or reset a forgotten one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from admin_settings.in_force import in_force
from schemas.pinning import use_primary_db
from users.forms import TOO_MANY_TRIES, ForgottenForm, NewPasswordForm, PasswordForm, refuse_unread
from users.hashing import hashes
from users.limits import is_within, told_when
from users.lookup import with_email
from users.mail import send_reset_link
from users.models import User
from users.networks import network_of
from users.reauthentication import mark
from users.reset_links import reset_codes
from users.revocation import set_password
from users.sign_ins import carry_on
from users.signed_in import person
from users.tokens import tokens_that_work, what_stays

PASSWORD = "/-/profile/password"  # noqa: S105
SIGN_IN = "/users/sign_in"
TOKENS = "/-/profile/personal_access_tokens"


@never_cache
@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@hashes
def change(request: HttpRequest) -> HttpResponse:
    """Change the password after the current one; ends all other sessions of the user."""
    user = person(request)
    if request.method != "POST":
        return _page(request, user, PasswordForm(user))
    with use_primary_db("users"):
        user.refresh_from_db()
        form = PasswordForm(user, request.POST)
        if not is_within("password", str(user.pk), in_force().passwords_an_hour):
            refuse_unread(form, TOO_MANY_TRIES)
            return told_when(_page(request, user, form, 429))
        if not form.is_valid():
            return _page(request, user, form, 422)
        set_password(user, form.cleaned_data["password"])
        key = request.session.session_key
        auth.update_session_auth_hash(request, user)
        carry_on(key, request.session.session_key)
        mark(request)
    messages.success(
        request, f"Your password was changed. You have been signed out everywhere else. {what_stays(user)}"
    )
    return HttpResponseRedirect(PASSWORD)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Send a reset link to an address; the answer is the same whether or not an account has it."""
    form = ForgottenForm(request.POST or None)
    if request.method != "POST":
        return _forgotten_page(request, form)
    if not form.is_valid():
        return _forgotten_page(request, form, 422)
    email = form.cleaned_data["email"]
    with use_primary_db("users"):
        if not is_within("reset", network_of(request), in_force().resets_an_hour_of_an_address):
            refuse_unread(form, TOO_MANY_TRIES)
            return told_when(_forgotten_page(request, form, 429))
        user = with_email(email).filter(is_active=True).first()
        send_reset_link(user if is_within("reset", email.lower(), in_force().reset_mails_an_hour) else None)
    return render(request, "users/forgotten_sent.html", {"email": email, "hours": in_force().password_reset_hours})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@hashes
def reset(request: HttpRequest) -> HttpResponse:
    """Set a new password with a link, which works once; ends all sessions of the user."""
    token = request.POST.get("reset_password_token") or request.GET.get("reset_password_token") or ""
    with use_primary_db("users"):
        user = _person_of_link(token)
        if user is None:
            return render(request, "users/reset_refused.html", {"hours": in_force().password_reset_hours}, status=422)
        form = NewPasswordForm(user, request.POST or None)
        context = {"form": form, "token": token, "username": user.username}
        if request.method != "POST":
            return render(request, "users/reset.html", context)
        if not form.is_valid():
            return render(request, "users/reset.html", context, status=422)
        set_password(user, form.cleaned_data["password"])
    stays = what_stays(user)
    messages.success(request, f"Your password was changed. Sign in with the new password. {stays}")
    return HttpResponseRedirect(f"{SIGN_IN}?redirect={TOKENS}" if stays else SIGN_IN)


def _forgotten_page(request: HttpRequest, form: ForgottenForm, status: int = 200) -> HttpResponse:
    return render(request, "users/forgotten.html", {"form": form, "sends_email": settings.SENDS_EMAIL}, status=status)


def _page(request: HttpRequest, user: User, form: PasswordForm, status: int = 200) -> HttpResponse:
    shown = {"form": form, "tokens": tokens_that_work(user)}
    return render(request, "users/password.html", shown, status=status)


def _person_of_link(token: str) -> User | None:
    """Return the user of a reset link; None when the link is invalid, used or expired."""
    encoded, _, code = token.partition(".")
    try:
        pk = int(urlsafe_base64_decode(encoded))
    except ValueError:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first() if 0 < pk < 2**63 else None
    return user if user and reset_codes.check_token(user, code) else None
