"""The form of an administrator who transfers a namespace."""

from __future__ import annotations

from django import forms

from organizations.founding import LONGEST_PATH


class NamespaceTransferForm(forms.Form):
    """Where to, and what becomes of people who do not belong there."""

    organization = forms.CharField(
        max_length=LONGEST_PATH,
        label="Path of the organization",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    remove_members = forms.BooleanField(
        required=False,
        label="Remove people who do not belong to it",
        help_text="They lose their memberships, assignments and to-do items in the group.",
    )
