"""Forms of joining."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError

from organizations.founding import LONGEST_PATH
from organizations.members.models import Membership


class OrganizationForm(forms.Form):
    """A new organization; whether the path is free is decided when it is taken."""

    name = forms.CharField(max_length=255)
    path = forms.CharField(
        max_length=LONGEST_PATH,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text="Part of the organization's address; cannot be changed later. "
        "Letters a to z, digits, and _ . -; must not start with -.",
    )
    home = forms.BooleanField(required=False, label="Make it my default organization")

    def clean_name(self) -> str:
        """Validate that the name has only printable characters."""
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise ValidationError("The name contains characters that cannot be printed. Remove them.")
        return name


class InvitationForm(forms.Form):
    """The email address to invite, and the role."""

    email = forms.EmailField(label="Email address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.MEMBER)


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(choices=Membership.Role.choices)


class AcceptForm(forms.Form):
    """Whether the joined organization becomes the user's default organization."""

    home = forms.BooleanField(required=False, label="Make it my default organization")


class LinkForm(forms.Form):
    """The link of an invitation, as in the email."""

    link = forms.CharField(max_length=2048, label="Link from the invitation", strip=True)

    def clean_link(self) -> str:
        """Return the link's token."""
        found = re.search(r"/-/invites/([0-9a-f]{32}\.[A-Za-z0-9_-]+)\Z", self.cleaned_data["link"])
        if not found:
            raise ValidationError("This is not an invitation link. Copy the whole link from the email.")
        return found[1]
