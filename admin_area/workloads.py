"""What is on one pod: groups, projects, runners and jobs, in its own `main` and `ci`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.db.models.functions import Lower

from admin_area.acts import Act, Refused
from admin_area.keyset import MAX_ID, Key, Lowered
from admin_area.listing import Listing
from admin_area.organization_names import id_of, name_organizations
from ci.models import Runner
from projects.creation import rename
from projects.deletion import delete
from projects.forms import DeleteForm, PathForm
from projects.models import Namespace, Project
from projects.organization_states import serving
from routing.claims import ClaimError
from users.models import User


def _refuse_unserved(row: Any) -> None:
    """Rows that lie here prove nothing: what is being moved, or was, is changed by nobody."""
    if not serving(row.organization_id).active:
        raise Refused("this organization is not served by this pod now; look at where it lives")


def _rename(entity: Namespace | Project, who: User, given: dict[str, Any]) -> str:
    _refuse_unserved(entity)
    before = entity.full_path
    return f"{before} is {rename(entity, given['path']).full_path} now; the old path redirects."


def _delete(entity: Namespace | Project, who: User, given: dict[str, Any]) -> str:
    _refuse_unserved(entity)
    delete(entity)
    return f"{entity.full_path} was deleted, with all that was in it."


def _switch(runner: Runner, who: User, given: dict[str, Any]) -> str:
    _refuse_unserved(runner)
    Runner.objects.filter(pk=runner.pk).update(active=not runner.active)
    return f"{runner.description} {'takes no more jobs' if runner.active else 'takes jobs'}."


def _is_not_somebodys_own(entity: Namespace | Project) -> bool:
    """A person's namespace is named for them, and goes with them."""
    return isinstance(entity, Project) or entity.kind == Namespace.Kind.GROUP


ENTITY_ACTS = (
    Act(
        "rename",
        "Change the path",
        "It gets another last segment; its old path, and what is below that, redirects.",
        _rename,
        form=lambda data, row: PathForm(data, initial={"path": row.path}),
        applies=_is_not_somebodys_own,
        refusals=(ClaimError,),
    ),
    Act(
        "delete",
        "Delete",
        "It is deleted for good with all that is in it. Nobody can take its names for some days.",
        _delete,
        form=lambda data, row: DeleteForm(data, expected=row.full_path),
        applies=_is_not_somebodys_own,
        refusals=(ClaimError,),
    ),
)
RUNNER_ACTS = (
    Act("pause", "Pause", "It takes no more jobs.", _switch, applies=lambda row: row.active),
    Act("resume", "Resume", "It takes jobs again.", _switch, applies=lambda row: not row.active),
)


class OfOrganizations(Listing):
    """Rows of organizations."""

    def prepare(self, rows: Sequence[Any]) -> None:
        """The paths of organizations."""
        name_organizations(rows)

    @display(description="organization")
    def owner(self, row: Any) -> str:
        """The path of the organization."""
        return str(row.organization_path)


class Groups(OfOrganizations):
    """Groups and people's namespaces, by their paths."""

    path = "groups"
    label = "Groups"
    acts = ENTITY_ACTS
    key = Key(Lowered("full_path"))
    list_display = ("full_path", "name", "kind", "visibility", "owner", "created_at")
    search_help_text = "The beginning of a full path."
    fields = ("full_path", "name", "kind", "visibility", "owner", "created_at")
    readonly_fields = ("owner",)


class Projects(OfOrganizations):
    """Projects, by their paths."""

    path = "projects"
    label = "Projects"
    acts = ENTITY_ACTS
    key = Key(Lowered("full_path"))
    list_display = ("full_path", "name", "visibility", "owner", "created_at")
    search_help_text = "The beginning of a full path."
    fields = ("full_path", "name", "description", "visibility", "owner", "created_at")
    readonly_fields = ("owner",)


class Runners(OfOrganizations):
    """Machines that run jobs, newest first."""

    path = "runners"
    label = "Runners"
    acts = RUNNER_ACTS
    list_display = ("id", "description", "active", "owner", "created_at")
    list_display_links = ("id", "description")
    search_help_text = "The number of a runner, or the whole path of an organization."
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
    list_display = ("id", "name", "state", "project", "ref", "runner", "owner", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("pipeline", "runner")
    search_help_text = "The number of a job, or the whole path of a project."
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
