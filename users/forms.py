"""Forms about who somebody is."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.utils.http import url_has_allowed_host_and_scheme

HOME = "/"


class SignInForm(AuthenticationForm):
    """Username and password."""

    error_messages = {
        "invalid_login": "No such username with this password.",
        "inactive": "No such username with this password.",
    }


def safe_redirect(asked: str | None) -> str:
    """The path to go on to after sign-in: one of ours, never another host or scheme; `/` for anything else."""
    if not asked or not asked.startswith("/") or "\\" in asked or not asked.isprintable():
        return HOME
    path = asked.partition("?")[0]
    if path.startswith("/users/sign_"):
        return HOME
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else HOME
