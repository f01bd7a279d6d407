"""Groups, projects and people as JSON, with the field names of GitLab's API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from monolith.namespaces.models import Namespace, Project
from pods import asked_address
from users.models import User


def web_url(path: str) -> str:
    """Return the URL of a page, at the address that the client asked."""
    return f"{asked_address.site()}/{path}"


class PersonSerializer(serializers.ModelSerializer[User]):
    """A user, as others see them."""

    class Meta:
        model = User
        fields = ("id", "username", "name")


class NamespaceSerializer(serializers.ModelSerializer[Namespace]):
    """A group or a user's namespace."""

    parent_id = serializers.IntegerField(allow_null=True)
    web_url = serializers.SerializerMethodField()

    class Meta:
        model = Namespace
        fields = ("id", "name", "path", "kind", "full_path", "parent_id", "web_url")

    def get_web_url(self, namespace: Namespace) -> str:
        """The URL of its page."""
        return web_url(namespace.full_path)


class GroupSerializer(NamespaceSerializer):
    """A group."""

    class Meta:
        model = Namespace
        fields = ("id", "name", "path", "full_path", "parent_id", "visibility", "created_at", "web_url")


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project."""

    path_with_namespace = serializers.CharField(source="full_path")
    namespace = NamespaceSerializer()
    web_url = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = (
            "id",
            "name",
            "path",
            "path_with_namespace",
            "description",
            "visibility",
            "created_at",
            "namespace",
            "web_url",
        )

    def get_web_url(self, project: Project) -> str:
        """The URL of its page."""
        return web_url(project.full_path)


class OrganizationSerializer(serializers.Serializer[Any]):
    """An organization."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    path = serializers.CharField()
