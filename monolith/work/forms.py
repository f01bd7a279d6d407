"""Forms about issues, merge requests and comments."""

from __future__ import annotations

from typing import Any

from django import forms

from monolith.namespaces.forms import TextField


class IssueForm(forms.Form):
    """An issue, or what merge requests have in common with it."""

    title = forms.CharField(max_length=255)
    description = TextField(required=False)
    assignee = forms.CharField(max_length=255, required=False, help_text="A username. Leave empty for no assignee.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].widget.attrs |= {"autocapitalize": "none", "autocomplete": "off"}


class MergeRequestForm(IssueForm):
    """A merge request."""

    source_branch = forms.CharField(max_length=255)
    target_branch = forms.CharField(max_length=255, initial="main")
    field_order = ("title", "source_branch", "target_branch")


class NoteForm(forms.Form):
    """A comment."""

    text = TextField(label="Comment")
