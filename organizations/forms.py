"""What people fill in about an organization."""

from __future__ import annotations

from django import forms


class OrganizationForm(forms.Form):
    """What an organization is called."""

    name = forms.CharField(max_length=255)
