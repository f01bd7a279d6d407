"""Runners and jobs of one pod in the Admin Area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.db.models.functions import Lower

from admin_area.acts import Act
from admin_area.keyset import MAX_ID
from admin_area.organization_names import id_of
from admin_area.organization_rows import OfOrganizations, refuse_unserved
from admin_area.site import pod_area
from monolith.ci.models import Job, Runner
from monolith.namespaces.models import Project
from users.models import User


def _switch(runner: Runner, who: User, given: dict[str, Any]) -> str:
    refuse_unserved(runner)
    Runner.objects.filter(pk=runner.pk).update(active=not runner.active)
    return f"{runner.description} {'no longer takes jobs' if runner.active else 'takes jobs'}."


RUNNER_ACTS = (
    Act("pause", "Pause", "The runner stops taking jobs.", _switch, applies=lambda row: row.active),
    Act("resume", "Resume", "The runner takes jobs again.", _switch, applies=lambda row: not row.active),
)


class Runners(OfOrganizations):
    """Machines that run jobs, newest first."""

    path = "runners"
    label = "Runners"
    counted_as = "runners"
    acts = RUNNER_ACTS
    list_display = ("id", "description", "active", "owner", "created_at")
    list_display_links = ("id", "description")
    search_help_text = "The ID of a runner, or the full path of an organization."
    fields = ("description", "active", "owner", "created_at")
    readonly_fields = ("owner",)

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By number, else those of one organization."""
        number = _number(text)
        return rows.filter(organization_id=id_of(text) or 0) if number is None else rows.filter(pk=number)


class Jobs(OfOrganizations):
    """Jobs, newest first."""

    path = "jobs"
    label = "Jobs"
    counted_as = "jobs"
    list_display = ("id", "name", "state", "project", "ref", "runner", "owner", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("pipeline", "runner")
    search_help_text = "The ID of a job, or the full path of a project."
    fields = ("name", "state", "project", "ref", "runner", "owner", "created_at")
    readonly_fields = ("project", "ref", "owner")

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By number, else those of one project."""
        number = _number(text)
        if number is not None:
            return rows.filter(pk=number)
        projects = Project.objects.alias(key=Lower("full_path")).filter(key=text.lower())
        return rows.filter(pipeline__project_id__in=list(projects.values_list("pk", flat=True)))

    def prepare(self, rows: Sequence[Any]) -> None:
        """The paths of organizations, and those of projects, which are in `main`."""
        super().prepare(rows)
        ids = {row.pipeline.project_id for row in rows}
        paths = dict(Project.objects.filter(pk__in=ids).values_list("pk", "full_path"))
        for row in rows:
            row.project_path = paths.get(row.pipeline.project_id, f"#{row.pipeline.project_id}")

    @display
    def project(self, row: Any) -> str:
        """Its full path."""
        return str(row.project_path)

    @display
    def ref(self, row: Any) -> str:
        """The branch or tag of its pipeline."""
        return str(row.pipeline.ref)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MAX_ID else None


pod_area.listing("Continuous integration", Runner, Runners)
pod_area.listing("Continuous integration", Job, Jobs)
