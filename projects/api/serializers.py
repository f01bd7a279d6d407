"""What the API tells of projects and issues."""

from __future__ import annotations

from rest_framework import serializers

from projects.models import Issue, Project


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project."""

    path_with_namespace = serializers.CharField(source="full_path")

    class Meta:
        model = Project
        fields = ("id", "name", "path", "path_with_namespace", "visibility")


class IssueSerializer(serializers.ModelSerializer[Issue]):
    """An issue of a project."""

    class Meta:
        model = Issue
        fields = ("id", "iid", "project_id", "title", "state", "author_id", "assignee_id")
