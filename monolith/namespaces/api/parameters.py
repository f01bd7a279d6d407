"""What lists of groups and projects take, and which rows that selects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q
from rest_framework import serializers

from monolith.namespaces.api.ignored import OF_DELETIONS, OF_GROUPS, OF_PROJECTS
from monolith.namespaces.api.pages import ByPath, Choice
from monolith.namespaces.api.shown import ACCESS_LEVELS
from monolith.namespaces.grams import containing
from monolith.namespaces.models import NamespaceMember, Role, Star, Visibility
from monolith.namespaces.visibility import in_role
from organizations.members.viewer import Viewer

LONGEST_WORDS = 200


class _Searched(ByPath):
    search = serializers.CharField(
        max_length=LONGEST_WORDS, required=False, help_text="Only those with these words in their name or path."
    )
    visibility = Choice(Visibility.values, help_text="Only those with this visibility.")
    owned = serializers.BooleanField(default=False, required=False, help_text="Only those that you own.")
    min_access_level = serializers.ChoiceField(
        [*ACCESS_LEVELS.values()], required=False, help_text="Only those where you have this role or a higher one."
    )


class Projects(_Searched):
    """Which projects."""

    ignored = OF_PROJECTS

    membership = serializers.BooleanField(
        default=False, required=False, help_text="Only those that you are a member of."
    )
    starred = serializers.BooleanField(default=False, required=False, help_text="Only those with your star.")
    archived = serializers.BooleanField(
        default=None, required=False, allow_null=True, help_text="Only those that are archived, or are not."
    )
    topic = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        max_length=20,
        help_text="Only those that have all of these topics.",
    )


class ProjectsOfGroup(Projects):
    """Which projects of a group."""

    ignored = OF_PROJECTS

    include_subgroups = serializers.BooleanField(
        default=False, required=False, help_text="Whether to list the projects of its subgroups as well."
    )


class Groups(_Searched):
    """Which groups."""

    ignored = OF_GROUPS

    top_level_only = serializers.BooleanField(
        default=False, required=False, help_text="Only those that are in no other group."
    )


class Namespaces(ByPath):
    """Which namespaces."""

    search = serializers.CharField(
        max_length=LONGEST_WORDS, required=False, help_text="Only those with this text in their path or name."
    )


class OneProject(serializers.Serializer[Any]):
    """How to show a project."""

    ignored = OF_PROJECTS


class OneGroup(serializers.Serializer[Any]):
    """How to show a group."""

    ignored = OF_GROUPS


class Deletion(serializers.Serializer[Any]):
    """How to delete a group or project."""

    ignored = OF_DELETIONS


def projects_selected(asked: Mapping[str, Any], viewer: Viewer) -> Q:
    """Return the condition that a project is one of those that a list's parameters select."""
    condition = Q(**{name: asked[name] for name in ("visibility", "archived") if asked.get(name) is not None})
    if asked.get("search"):
        condition &= containing(asked["search"].split())
    if asked["membership"]:
        condition &= in_role(viewer)
    if roles := _roles(asked):
        condition &= in_role(viewer, roles)
    if asked["starred"]:
        condition &= Q(Exists(Star.objects.filter(user_id=viewer.user_id, project_id=OuterRef("pk"))))
    if asked.get("topic"):
        condition &= Q(topics__contains=asked["topic"])
    return condition


def groups_selected(asked: Mapping[str, Any], viewer: Viewer) -> Q:
    """Return the condition that a group is one of those that a list's parameters select."""
    condition = Q(visibility=asked["visibility"]) if "visibility" in asked else Q()
    for word in asked.get("search", "").split():
        condition &= Q(name__icontains=word) | Q(full_path__icontains=word)
    if asked["top_level_only"]:
        condition &= Q(parent=None)
    if roles := _roles(asked):
        mine = NamespaceMember.objects.filter(user_id=viewer.user_id, namespace_id=OuterRef("pk"), role__in=roles)
        condition &= Q(Exists(mine))
    return condition


def _roles(asked: Mapping[str, Any]) -> list[str]:
    """Return the roles that the viewer must have one of; none when any will do."""
    least = ACCESS_LEVELS[Role.OWNER] if asked["owned"] else asked.get("min_access_level")
    return [role for role, level in ACCESS_LEVELS.items() if level >= least] if least else []
