"""Forms about organizations."""

from __future__ import annotations

from django import forms


class OrganizationForm(forms.Form):
    """An organization's name."""

    name = forms.CharField(max_length=255)
