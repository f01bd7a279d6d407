"""Become known to all pods: one person, one username, wherever they sign up."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Q
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from admin_settings.in_force import in_force
from organizations.members.invitations import closed_by, id_of
from organizations.members.mails import INVITES_PATH
from organizations.members.models import Invitation
from routing.claims import ClaimError
from routing.models import Route
from routing.names import is_reserved, key_of
from schemas.names import is_path
from schemas.pinning import use_primary_db
from users import sign_ins
from users.authentication import BACKEND
from users.forms import EMAIL_TAKEN, HOME, LONGEST_PASSWORD, UserForm, refuse_unread, safe_redirect
from users.hashing import hashes
from users.limits import may_ask_who, told_when
from users.lookup import named, with_email
from users.models import User
from users.usernames import claimed


class SignUpForm(UserForm):
    """A new account; the password is asked once, since it can be reset."""

    password = forms.CharField(
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least eight characters.",
    )

    class Meta:
        model = User
        fields = ("name", "username", "email")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "username": forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }
        help_texts = {"username": "Letters a to z, digits, and _ . -; must not start with -."}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["email"].required = True

    def clean_username(self) -> str:
        """A free segment of a path: their namespace may get it as its path."""
        username: str = self.cleaned_data["username"]
        if not is_path(username) or "/" in username:
            raise ValidationError(
                "Use only letters a to z, digits, and _ . - characters. "
                "Do not start with - or end with a file extension such as .git."
            )
        return username

    def clean(self) -> dict[str, Any]:
        """With a name and an address that nobody has yet, and a password that is neither easily guessed nor much like
        the name.
        """
        cleaned = super().clean() or self.cleaned_data
        self._refuse_taken(cleaned.get("username", ""), cleaned.get("email", ""))
        person = User(**{name: cleaned.get(name, "") for name in self.Meta.fields})
        if cleaned.get("password"):
            try:
                password_validation.validate_password(cleaned["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def _post_clean(self) -> None:
        """Django's, without a query for each constraint: what they would say was asked, and when two people sign up at
        the same time the database says it.
        """
        self.instance = construct_instance(self, self.instance, self._meta.fields)
        try:
            excluded = self._get_validation_exclusions()  # type: ignore[attr-defined]
            self.instance.full_clean(exclude=excluded, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]

    def _refuse_taken(self, username: str, email: str) -> None:
        either = User.objects.filter(Q(pk__in=named(username).values("pk")) | Q(pk__in=with_email(email).values("pk")))
        found = list(either.values_list("username", "email"))
        if username and (any(name.lower() == username.lower() for name, _ in found) or is_taken_as_path(username)):
            self.add_error("username", "This username is taken. Choose another one.")
        if email and any(address.lower() == email.lower() for _, address in found):
            self.add_error("email", EMAIL_TAKEN)

    def save(self, commit: bool = True) -> User:
        """Return the new user. Raises `IntegrityError` when the username or address has just been taken."""
        self.instance.set_password(self.cleaned_data["password"])
        return super().save(commit)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@hashes
def sign_up(request: HttpRequest) -> HttpResponse:
    """The page to sign up on; then signed in, with GitLab.com Public as home, and on to the `redirect` parameter or,
    without one, to the question whether they belong to an organization."""
    redirect = safe_redirect(request.POST.get("redirect") or request.GET.get("redirect"))
    if request.user.is_authenticated:
        return HttpResponseRedirect(redirect)
    if not _may_sign_up(redirect):
        return render(request, "members/sign_up_closed.html", {"redirect": redirect}, status=403)
    if request.method != "POST":
        return _page(request, SignUpForm(initial={"email": invited_address(redirect)}), 200, redirect)
    # The primary knows every name that is taken.
    with use_primary_db("users", "routes"):
        form = SignUpForm(request.POST)
        if not may_ask_who(request):
            refuse_unread(form, "Too many sign-ups from your network. Try again in an hour.")
            return told_when(_page(request, form, 429, redirect))
        if form.is_valid() and _made(request, form):
            # Without a redirect, ask the new user about an organization.
            return HttpResponseRedirect(redirect if redirect != HOME else reverse("welcome"))
    return _page(request, form, 422, redirect)


def invited_address(path: str) -> str:
    """The mail address that the invitation at a path was sent to; empty for every other path."""
    token = re.fullmatch(rf"{re.escape(INVITES_PATH)}([^/?]+)(?:\?.*)?", path)
    invitation_id = id_of(token[1]) if token else None
    found = Invitation.objects.filter(pk=invitation_id).first() if invitation_id else None
    return found.email if found and not closed_by(found) else ""


def is_taken_as_path(name: str) -> bool:
    """Whether a name is a reserved word, or the path of a group or of something that was deleted lately."""
    return is_reserved(name) or Route.objects.filter(key=key_of(name)).exists()


def _may_sign_up(redirect: str) -> bool:
    """Whether sign-up is open, or the visitor came from the link of an invitation that can be accepted."""
    if in_force().sign_up_open:
        return True
    # What was taken back a moment ago is known to the primary.
    with use_primary_db("users"):
        return bool(invited_address(redirect))


def _made(request: HttpRequest, form: SignUpForm) -> bool:
    """Make the person and sign them in, in one transaction; whether that was done."""
    try:
        with claimed(form.cleaned_data["username"]):
            sign_ins.sign_in(request, form.save(), BACKEND)
    except (IntegrityError, ClaimError):
        # Whom nobody has made cannot be signed in.
        request.session.clear()
        request.user = AnonymousUser()
        form.add_error("username", "This username or email address has just been taken. Choose another one.")
        return False
    return True


def _page(request: HttpRequest, form: SignUpForm, status: int, redirect: str) -> HttpResponse:
    return render(request, "members/sign_up.html", {"form": form, "redirect": redirect}, status=status)
