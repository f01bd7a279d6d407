"""Forms about issues, merge requests and comments."""

from __future__ import annotations

from typing import Any

from django import forms

from monolith.namespaces.forms import TextField
from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.work.labels import LONGEST_NAME, MOST_LABELS
from monolith.work.models import Milestone
from monolith.work.policy import may_label

MARKDOWN = "Markdown. References: #1, !1, group/project#1, @name."


class LabelsField(forms.CharField):
    """Names of labels, with commas between them."""

    def __init__(self) -> None:
        super().__init__(max_length=1000, required=False, help_text="Separate labels with commas.")

    def clean(self, value: Any) -> Any:
        """Return the names as a list. Raises `ValidationError` when there are too many, or one is too long."""
        names = [name.strip() for name in super().clean(value).split(",") if name.strip()]
        if len(names) > MOST_LABELS:
            raise forms.ValidationError(f"Use at most {MOST_LABELS} labels.")
        if longest := next((name for name in names if len(name) > LONGEST_NAME), None):
            raise forms.ValidationError(f"The label “{longest[:20]}…” is longer than {LONGEST_NAME} characters.")
        return names


class WorkForm(forms.Form):
    """What issues and merge requests have in common."""

    title = forms.CharField(max_length=255)
    description = TextField(required=False, help_text=MARKDOWN)
    assignee = forms.CharField(max_length=255, required=False, help_text="A username. Leave empty for no assignee.")
    labels = LabelsField()
    milestone = forms.ModelChoiceField(Milestone.objects.none(), required=False)

    def __init__(self, *args: Any, place: Place[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["milestone"] = forms.ModelChoiceField(place.entity.milestones.order_by("title"), required=False)
        if not may_label(place.level):
            del self.fields["labels"], self.fields["milestone"]
        self.fields["assignee"].widget.attrs |= {
            "list": "people",
            "autocapitalize": "none",
            "autocomplete": "off",
            "spellcheck": "false",
        }


class IssueForm(WorkForm):
    """An issue."""

    confidential = forms.BooleanField(
        required=False, help_text="Only its author, its assignee and the developers of the project see it."
    )


class MergeRequestForm(WorkForm):
    """A merge request."""

    source_branch = forms.CharField(max_length=255)
    target_branch = forms.CharField(max_length=255, initial="main")
    field_order = ("title", "source_branch", "target_branch")


class NoteForm(forms.Form):
    """A comment."""

    text = TextField(label="Comment", help_text=MARKDOWN)


class DeleteNoteForm(forms.Form):
    """Confirm that a comment is to be deleted: sending the form is enough."""
