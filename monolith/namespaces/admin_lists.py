"""Groups and projects of one pod in the Admin Area."""

from __future__ import annotations

from typing import Any

from admin_area.acts import Act
from admin_area.keyset import Key, Lowered
from admin_area.organization_rows import OfOrganizations, refuse_unserved
from admin_area.site import pod_area
from monolith.namespaces.creation import rename
from monolith.namespaces.deletion import delete
from monolith.namespaces.forms import DeleteForm, PathForm
from monolith.namespaces.models import Namespace, Project
from routing.claims import ClaimError
from users.models import User


def _rename(entity: Namespace | Project, who: User, given: dict[str, Any]) -> str:
    refuse_unserved(entity)
    before = entity.full_path
    return f"{before} was renamed to {rename(entity, given['path']).full_path}. The old path redirects."


def _delete(entity: Namespace | Project, who: User, given: dict[str, Any]) -> str:
    refuse_unserved(entity)
    delete(entity)
    return f"{entity.full_path} and everything in it were deleted."


def _is_not_somebodys_own(entity: Namespace | Project) -> bool:
    """A person's namespace is named for them, and goes with them."""
    return isinstance(entity, Project) or entity.kind == Namespace.Kind.GROUP


ENTITY_ACTS = (
    Act(
        "rename",
        "Change the path",
        "Changes the last segment of the path. The old path and every path below it redirect.",
        _rename,
        form=lambda data, row: PathForm(data, initial={"path": row.path}),
        applies=_is_not_somebodys_own,
        refusals=(ClaimError,),
    ),
    Act(
        "delete",
        "Delete",
        "Permanently deletes this and everything in it. Its paths cannot be reused for a few days.",
        _delete,
        form=lambda data, row: DeleteForm(data, expected=row.full_path),
        applies=_is_not_somebodys_own,
        refusals=(ClaimError,),
    ),
)


class Groups(OfOrganizations):
    """Groups and people's namespaces, by their paths."""

    path = "groups"
    label = "Groups"
    acts = ENTITY_ACTS
    key = Key(Lowered("full_path"))
    list_display = ("full_path", "name", "kind", "visibility", "owner", "created_at")
    search_help_text = "The start of a full path."
    fields = ("full_path", "name", "kind", "visibility", "owner", "created_at")
    readonly_fields = ("owner",)


class Projects(OfOrganizations):
    """Projects, by their paths."""

    path = "projects"
    label = "Projects"
    acts = ENTITY_ACTS
    key = Key(Lowered("full_path"))
    list_display = ("full_path", "name", "visibility", "owner", "created_at")
    search_help_text = "The start of a full path."
    fields = ("full_path", "name", "description", "visibility", "owner", "created_at")
    readonly_fields = ("owner",)


pod_area.listing("Work", Namespace, Groups)
pod_area.listing("Work", Project, Projects)
