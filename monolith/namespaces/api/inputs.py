"""What the API is given: the fields are named as in GitLab's API, and the rules are those of the forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from rest_framework import serializers

from monolith.namespaces.forms import LONGEST_TEXT
from monolith.namespaces.models import Visibility
from routing.forms import PathField

MOST_ID = 2**53
CLOSE, REOPEN = "close", "reopen"


def _path(value: str) -> None:
    """Raises `ValidationError` for what is not one segment of a path."""
    try:
        PathField().clean(value)
    except forms.ValidationError as error:
        raise serializers.ValidationError(error.messages) from error


class _Named(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=255, required=False)
    path = serializers.CharField(max_length=255, required=False, validators=[_path])
    visibility = serializers.ChoiceField(Visibility.choices, required=False)


class _NewNamed(_Named):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each of name and path follows from the other when it is not given."""
        attrs.setdefault("name", attrs.get("path", ""))
        attrs.setdefault("path", slugify(attrs["name"]))
        if not attrs["name"]:
            raise serializers.ValidationError({"name": ["Give a name or a path."]})
        try:
            _path(attrs["path"])
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"path": error.detail}) from error
        return attrs


class NewGroup(_NewNamed):
    """A group to be made; a top-level one without `parent_id`."""

    parent_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False, allow_null=True)


class NewProject(_NewNamed):
    """A project to be made; in one's own namespace without `namespace_id`."""

    namespace_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False, allow_null=True)
    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)


class ChangedGroup(_Named):
    """What a group is to be called, and who sees it."""


class ChangedProject(_Named):
    """What a project is to be called, and who sees it."""

    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)


class TransferredGroup(serializers.Serializer[Any]):
    """Where a group is to be; without `group_id` a top-level one."""

    group_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False, allow_null=True)


class TransferredProject(serializers.Serializer[Any]):
    """Where a project is to be."""

    namespace = serializers.CharField(max_length=1024, help_text="Id or full path.")


class _Assigned(serializers.Serializer[Any]):
    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    assignee_id = serializers.IntegerField(
        min_value=0, max_value=MOST_ID, required=False, allow_null=True, help_text="Null or 0: nobody."
    )


class NewIssue(_Assigned):
    """An issue to be opened."""

    title = serializers.CharField(max_length=255)


class NewMergeRequest(NewIssue):
    """A merge request to be opened."""

    source_branch = serializers.CharField(max_length=255)
    target_branch = serializers.CharField(max_length=255)


class ChangedIssue(_Assigned):
    """What is to be changed of an issue."""

    title = serializers.CharField(max_length=255, required=False)
    state_event = serializers.ChoiceField([CLOSE, REOPEN], required=False)


class ChangedMergeRequest(ChangedIssue):
    """What is to be changed of a merge request."""

    target_branch = serializers.CharField(max_length=255, required=False)


class NoteText(serializers.Serializer[Any]):
    """A comment's text."""

    body = serializers.CharField(max_length=LONGEST_TEXT)
