"""Sign in and out."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from admin_settings.in_force import in_force
from schemas.pinning import use_primary_db
from schemas.positions import announce
from users import sign_ins
from users.forms import HOME, SignInForm, safe_redirect
from users.hashing import hashes
from users.limits import told_when
from users.sessions import SessionStore


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@hashes
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page; after sign-in redirect to the `redirect` parameter, a path of this site."""
    redirect = safe_redirect(request.POST.get("redirect") or request.GET.get("redirect"))
    status, wait = 200, None
    if request.method == "POST":
        # A password that was changed a moment ago is the one that counts, and failures on all pods count together.
        with use_primary_db("users"):
            form = SignInForm(request, data=request.POST)
            if form.is_valid():
                sign_ins.sign_in(request, form.get_user())
                return HttpResponseRedirect(redirect)
        wait = form.locked_out_for
        status = 429 if wait else 422
    elif request.user.is_authenticated:
        return HttpResponseRedirect(redirect)
    else:
        form = SignInForm(request)
    may_sign_up = in_force().sign_up_open
    page = render(
        request, "users/sign_in.html", {"form": form, "redirect": redirect, "may_sign_up": may_sign_up}, status=status
    )
    return told_when(page, wait) if wait else page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ask for confirmation, since a link on another page must not sign users out; then redirect to `/`.

    The session has ended everywhere by the time the response arrives.
    """
    if request.method != "POST":
        return render(request, "users/sign_out.html")
    announce("users")
    cast(SessionStore, request.session).confirm()
    sign_ins.sign_out(request)
    messages.success(request, "You are signed out.")
    return HttpResponseRedirect(HOME)
