"""A form's field for a name that is claimed."""

from __future__ import annotations

from typing import Any

from django import forms

from schemas.names import is_path

PATH_HELP = "Part of the address. Letters, digits, '_', '-' and '.'."


class PathField(forms.CharField):
    """One segment of a path."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=255, help_text=PATH_HELP, **kwargs)
        self.widget.attrs |= {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}

    def validate(self, value: str) -> None:
        """As Django's, and that it is a segment."""
        super().validate(value)
        if "/" in value or not is_path(value):
            raise forms.ValidationError(
                "Use letters, digits, '_', '-' and '.'; do not start with '-' "
                "or end with a file extension such as '.git' or '.json'."
            )
