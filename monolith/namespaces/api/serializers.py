"""Groups, projects and people as JSON, with the field names of GitLab's API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monolith.namespaces.models import Namespace, Project
from pods import asked_address
from users.models import User

DEFAULT_BRANCH = "main"
BELOW_PROJECT = {
    "self": "",
    "issues": "/issues",
    "merge_requests": "/merge_requests",
    "labels": "/labels",
    "members": "/members",
}
"""The addresses in a project's `_links`, below the project's own."""
ACCESS = {
    "type": "object",
    "properties": {"access_level": {"type": "integer"}, "notification_level": {"type": "integer"}},
    "nullable": True,
}
PERMISSIONS = {"type": "object", "properties": {"project_access": ACCESS, "group_access": ACCESS}}
LINKS = {"type": "object", "additionalProperties": {"type": "string"}}


def web_url(path: str) -> str:
    """Return the URL of a page, at the address that the client asked."""
    return f"{asked_address.site()}/{path}"


def api_url(path: str) -> str:
    """Return the URL of an endpoint of the API."""
    return web_url(f"api/v4/{path}")


class PersonSerializer(serializers.ModelSerializer[User]):
    """A user, as others see them."""

    state = serializers.SerializerMethodField()
    avatar_url = serializers.SerializerMethodField()
    web_url = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "username", "name", "state", "avatar_url", "web_url")

    @extend_schema_field(serializers.ChoiceField(["active", "deactivated"]))
    def get_state(self, user: User) -> str:
        """Whether they can sign in."""
        return "active" if user.is_active else "deactivated"

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_avatar_url(self, user: User) -> None:
        """There are no avatars."""
        return

    def get_web_url(self, user: User) -> str:
        """The URL of their page."""
        return web_url(user.username)


class NamespaceSerializer(serializers.ModelSerializer[Namespace]):
    """A group or a user's namespace."""

    parent_id = serializers.IntegerField(allow_null=True)
    avatar_url = serializers.SerializerMethodField()
    web_url = serializers.SerializerMethodField()

    class Meta:
        model = Namespace
        fields = ("id", "name", "path", "kind", "full_path", "parent_id", "avatar_url", "web_url")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_avatar_url(self, namespace: Namespace) -> None:
        """There are no avatars."""
        return

    def get_web_url(self, namespace: Namespace) -> str:
        """The URL of its page."""
        return web_url(namespace.full_path)


class GroupSerializer(NamespaceSerializer):
    """A group."""

    full_name = serializers.SerializerMethodField()

    class Meta:
        model = Namespace
        fields = (
            *("id", "name", "path", "full_name", "full_path", "parent_id", "description", "visibility"),
            *("created_at", "avatar_url", "web_url"),
        )

    def get_full_name(self, group: Namespace) -> str:
        """The names from the top-level group to this one."""
        return str(self.context["names"][group.full_path])


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project."""

    name_with_namespace = serializers.SerializerMethodField()
    path_with_namespace = serializers.CharField(source="full_path")
    default_branch = serializers.SerializerMethodField()
    topics = serializers.ListField(child=serializers.CharField())
    tag_list = serializers.ListField(child=serializers.CharField(), source="topics", help_text="The topics.")
    star_count = serializers.SerializerMethodField()
    avatar_url = serializers.SerializerMethodField()
    empty_repo = serializers.SerializerMethodField()
    issues_enabled = serializers.SerializerMethodField()
    merge_requests_enabled = serializers.SerializerMethodField()
    namespace = NamespaceSerializer()
    web_url = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()
    _links = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = (
            *("id", "name", "name_with_namespace", "path", "path_with_namespace", "description", "visibility"),
            *("default_branch", "topics", "tag_list", "star_count", "archived", "creator_id", "avatar_url"),
            *("empty_repo", "issues_enabled", "merge_requests_enabled", "created_at", "updated_at"),
            *("last_activity_at", "namespace", "web_url", "permissions", "_links"),
        )

    def get_name_with_namespace(self, project: Project) -> str:
        """The names from the top-level group to the project."""
        return f"{self.context['names'][project.namespace.full_path]} / {project.name}"

    def get_default_branch(self, project: Project) -> str:
        """The name that a new repository begins with."""
        return DEFAULT_BRANCH

    def get_star_count(self, project: Project) -> int:
        """How many users have starred it."""
        return int(self.context["stars"].get(project.pk, 0))

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_avatar_url(self, project: Project) -> None:
        """There are no avatars."""
        return

    def get_empty_repo(self, project: Project) -> bool:
        """There are no repositories."""
        return True

    def get_issues_enabled(self, project: Project) -> bool:
        """Every project has issues."""
        return True

    def get_merge_requests_enabled(self, project: Project) -> bool:
        """Every project has merge requests."""
        return True

    def get_web_url(self, project: Project) -> str:
        """The URL of its page."""
        return web_url(project.full_path)

    @extend_schema_field(PERMISSIONS)
    def get_permissions(self, project: Project) -> dict[str, Any]:
        """The roles of the user who asks, in the project itself and by its groups."""
        of_project, of_group = self.context["access"].get(project.pk, (None, None))
        return {"project_access": _access(of_project), "group_access": _access(of_group)}

    @extend_schema_field(LINKS)
    def get__links(self, project: Project) -> dict[str, str]:
        """URLs of the API."""
        return {name: api_url(f"projects/{project.pk}{end}") for name, end in BELOW_PROJECT.items()}


class OrganizationSerializer(serializers.Serializer[Any]):
    """An organization."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    path = serializers.CharField()


def _access(level: int | None) -> dict[str, int] | None:
    # 3: the user's own setting, as in GitLab.
    return None if level is None else {"access_level": level, "notification_level": 3}
