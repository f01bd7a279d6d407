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


def _path(value: str) -> None:
    """Raises `ValidationError` for what is not one segment of a path."""
    try:
        PathField().clean(value)
    except forms.ValidationError as error:
        raise serializers.ValidationError(error.messages) from error


TOPICS = serializers.ListField(
    child=serializers.CharField(max_length=255),
    max_length=100,
    required=False,
    help_text="Words that name its subjects.",
)


class _Named(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=255, required=False)
    path = serializers.CharField(max_length=255, required=False, validators=[_path])
    visibility = serializers.ChoiceField(Visibility.choices, required=False)
    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)


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
    """A new group; a top-level one without `parent_id`."""

    parent_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False, allow_null=True)


class NewProject(_NewNamed):
    """A new project; in your own namespace without `namespace_id`."""

    namespace_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False, allow_null=True)
    topics = TOPICS


class ChangedGroup(_Named):
    """The settings of a group to change."""

    at_least_one = True


class ChangedProject(_Named):
    """The settings of a project to change."""

    at_least_one = True
    topics = TOPICS


class TransferredGroup(serializers.Serializer[Any]):
    """The group to transfer a group into; the top level without `group_id`."""

    group_id = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False, allow_null=True)


class TransferredProject(serializers.Serializer[Any]):
    """The namespace to transfer a project into."""

    namespace = serializers.CharField(max_length=1024, help_text="The id or the full path of the namespace.")
