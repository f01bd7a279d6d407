"""Forms for sign-in, passwords, profiles and tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.forms.utils import ErrorDict
from django.utils.http import url_has_allowed_host_and_scheme

from admin_settings.in_force import in_force
from users.limits import HOUR, is_exhausted, is_within
from users.lockout import locked_for
from users.lookup import with_email
from users.models import PersonalAccessToken, User
from users.networks import network_of

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm

HOME = "/"
TOO_MANY_FROM_HERE = "Too many failed sign-ins from your network. Wait an hour, then try again."
FAILURES = "failed sign-in"
TOO_MANY_TRIES = "Too many attempts. Wait an hour, then try again."
LONGEST_PASSWORD = 128
EMAIL_TAKEN = "An account with this email address already exists. If it is yours, sign in or reset your password."


class SignInForm(AuthenticationForm):
    """Username or email address, and password."""

    _address_is_locked_out = False

    error_messages = {
        "invalid_login": "Incorrect username or password.",
        "inactive": "Incorrect username or password.",
    }

    @property
    def locked_out_for(self) -> timedelta | None:
        """Return how long to wait when this username or address has failed too often lately, with the
        right password, too; None when they have not.
        """
        if self._address_is_locked_out:
            return HOUR
        return locked_for(self.request) if getattr(self.request, "axes_locked_out", False) else None

    def clean_username(self) -> str:
        """Return the username, also when the user gave the email address of their account: failures count for one."""
        given: str = self.cleaned_data["username"]
        found = with_email(given).values_list("username", flat=True).first() if "@" in given else None
        return found or given

    def clean(self) -> dict[str, Any]:
        """Authenticate; a failure counts for the address that it came from, with any username."""
        assert self.request is not None  # noqa: S101  the view gives it
        network = network_of(self.request)
        self._address_is_locked_out = is_exhausted(FAILURES, network, in_force().failed_sign_ins_an_hour_of_an_address)
        if self._address_is_locked_out:
            raise ValidationError(TOO_MANY_FROM_HERE, code="locked_out")
        try:
            return super().clean()
        except ValidationError:
            is_within(FAILURES, network, in_force().failed_sign_ins_an_hour_of_an_address)
            raise

    def get_invalid_login_error(self) -> ValidationError:
        """Return the same error for a wrong password and an unknown username."""
        if self.locked_out_for:
            minutes = in_force().lock_out_minutes
            wait = "a minute" if minutes == 1 else f"{minutes} minutes"
            return ValidationError(f"Too many failed sign-ins. Wait {wait}, then try again.", code="locked_out")
        return super().get_invalid_login_error()


class NewPasswordForm(forms.Form):
    """A new password; asked once, since browsers can show and save it, and it can be reset."""

    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least eight characters.",
    )

    def __init__(self, user: User | None, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._user = user

    def clean_password(self) -> str:
        """Validate that the password is not easily guessed."""
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self._user)
        return password


class PasswordForm(NewPasswordForm):
    """The current password and the new one."""

    field_order = ("current", "password")
    current = forms.CharField(
        label="Current password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_current(self) -> str:
        """Their own."""
        return own_password(self._user, self.cleaned_data["current"])


class ProfileForm(UserForm):
    """A user's public name."""

    class Meta:
        model = User
        fields = ("name",)


class EmailForm(forms.Form):
    """A new email address. Whether another account has it is not said here."""

    email = forms.EmailField(label="New address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class AccountForm(forms.Form):
    """The password, to confirm an action that users cannot undo themselves."""

    password = forms.CharField(
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._user = user

    def clean_password(self) -> str:
        """Their own."""
        return own_password(self._user, self.cleaned_data["password"])


class ForgottenForm(forms.Form):
    """The address that a reset link is sent to."""

    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class AccessTokenForm(forms.Form):
    """A new access token."""

    name = forms.CharField(max_length=255, help_text="What the token is for.")
    scope = forms.ChoiceField(choices=PersonalAccessToken.Scope.choices, label="Scope")
    organization = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        label="Organization",
        help_text="A token that is limited to one organization sees nothing of any other.",
    )
    days = forms.IntegerField(min_value=1, label="Expires after (days)")

    def __init__(self, *arguments: Any, limits: Mapping[int, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        if limits:
            choices = [("", "All your organizations"), *((str(pk), name) for pk, name in limits.items())]
            cast(forms.TypedChoiceField, self.fields["organization"]).choices = choices
        else:
            del self.fields["organization"]
        most = in_force().access_token_days
        days = self.fields["days"]
        assert isinstance(days, forms.IntegerField)  # noqa: S101  it is declared above
        days.validators.append(MaxValueValidator(most))
        days.widget.attrs["max"] = most
        days.initial = min(30, most)

    @property
    def lifetime(self) -> timedelta:
        """The token's lifetime."""
        return timedelta(days=self.cleaned_data["days"])


def refuse_unread(form: forms.BaseForm, why: str) -> None:
    """Show only this error on a form: a client over a limit must learn nothing from further attempts."""
    form._errors = ErrorDict(renderer=form.renderer)  # type: ignore[attr-defined]
    form.cleaned_data = {}
    form.add_error(None, why)


def own_password(user: User | None, password: str) -> str:
    """Return the password if it is the user's own; raises `ValidationError`."""
    if user is None or not user.check_password(password):
        raise ValidationError("The password is incorrect.")
    return password


def safe_redirect(asked: str | None) -> str:
    """Return the path to redirect to after sign-in: a path of this site, or `/` for anything else."""
    if not asked or not asked.startswith("/") or "\\" in asked or not asked.isprintable():
        return HOME
    path = asked.partition("?")[0]
    if path.startswith("/users/sign_"):
        return HOME
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else HOME
