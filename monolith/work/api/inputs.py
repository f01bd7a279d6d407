"""What the API is given about issues, merge requests and what belongs to them, with the fields of GitLab's API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from monolith.namespaces.api.inputs import MOST_ID
from monolith.namespaces.forms import LONGEST_TEXT
from monolith.work.labels import LONGEST_NAME, MOST_LABELS
from monolith.work.models import Label, Milestone

CLOSE, REOPEN = "close", "reopen"
ACTIVATE = "activate"
COLOR = Label._meta.get_field("color").validators


def _refuse_commas(name: str) -> None:
    """Raise `ValidationError` for a label's name with a comma: commas separate labels."""
    if "," in name:
        raise serializers.ValidationError("Must not contain a comma.")


def _name(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_NAME, validators=[_refuse_commas], **options)


def _names(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=_name(), max_length=MOST_LABELS, required=False, help_text=help_text)


def _id(help_text: str, least: int = 0) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=least, max_value=MOST_ID, required=False, allow_null=True, help_text=help_text
    )


def _text(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, **options)


class _Issuable(serializers.Serializer[Any]):
    description = _text()
    assignee_id = _id("The id of a user; null or 0 for no assignee.")
    assignee_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_ID),
        max_length=1,
        required=False,
        help_text="The same as a list: there is one assignee at most.",
    )
    milestone_id = _id("The id of a milestone of the project; null or 0 for none.")
    labels = _names("The names of all labels. Missing ones are created.")


class NewIssue(_Issuable):
    """A new issue."""

    title = serializers.CharField(max_length=255)
    confidential = serializers.BooleanField(required=False)
    due_date = serializers.DateField(required=False, allow_null=True)
    issue_type = serializers.ChoiceField(["issue"], required=False)


class NewMergeRequest(_Issuable):
    """A new merge request."""

    title = serializers.CharField(max_length=255)
    source_branch = serializers.CharField(max_length=255)
    target_branch = serializers.CharField(max_length=255)


class _Changed(_Issuable):
    at_least_one = True

    title = serializers.CharField(max_length=255, required=False)
    state_event = serializers.ChoiceField([CLOSE, REOPEN], required=False)
    add_labels = _names("The names of labels to add.")
    remove_labels = _names("The names of labels to take away.")


class ChangedIssue(_Changed):
    """The fields of an issue to change."""

    confidential = serializers.BooleanField(required=False)
    due_date = serializers.DateField(required=False, allow_null=True)


class ChangedMergeRequest(_Changed):
    """The fields of a merge request to change."""

    target_branch = serializers.CharField(max_length=255, required=False)


class NoteText(serializers.Serializer[Any]):
    """The text of a comment."""

    body = serializers.CharField(max_length=LONGEST_TEXT)


class NewLabel(serializers.Serializer[Any]):
    """A new label."""

    name = _name()
    color = serializers.CharField(max_length=7, validators=COLOR, help_text="As #RRGGBB.")
    description = _text(allow_null=True)
    priority = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)


class ChangedLabel(serializers.Serializer[Any]):
    """The fields of a label to change."""

    at_least_one = True

    new_name = _name(required=False)
    color = serializers.CharField(max_length=7, validators=COLOR, required=False, help_text="As #RRGGBB.")
    description = _text(allow_null=True)
    priority = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)


class NamedLabel(serializers.Serializer[Any]):
    """Which label, by name or id."""

    name = serializers.CharField(max_length=255, required=False)
    label_id = _id("The id of the label.", 1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a name or an id."""
        if not (attrs.get("name") or attrs.get("label_id")):
            raise serializers.ValidationError({"name": ["Give a name or a label_id."]})
        return attrs


class ChangedNamedLabel(NamedLabel, ChangedLabel):
    """Which label, and the fields of it to change."""

    named_by = ("name", "label_id")


class _Dates(serializers.Serializer[Any]):
    description = _text(allow_null=True)
    start_date = serializers.DateField(required=False, allow_null=True)
    due_date = serializers.DateField(required=False, allow_null=True)


class NewMilestone(_Dates):
    """A new milestone."""

    title = serializers.CharField(max_length=255)


class ChangedMilestone(_Dates):
    """The fields of a milestone to change."""

    at_least_one = True

    title = serializers.CharField(max_length=255, required=False)
    state_event = serializers.ChoiceField([ACTIVATE, CLOSE], required=False)


STATE_AFTER = {ACTIVATE: Milestone.State.ACTIVE, CLOSE: Milestone.State.CLOSED}
"""Of a milestone."""
