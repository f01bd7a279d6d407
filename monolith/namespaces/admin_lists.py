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
    return f"{before} is {rename(entity, given['path']).full_path} now; the old path redirects."


def _delete(entity: Namespace | Project, who: User, given: dict[str, Any]) -> str:
    refuse_unserved(entity)
    delete(entity)
    return f"{entity.full_path} was deleted, with all that was in it."


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


pod_area.listing("Work", Namespace, Groups)
pod_area.listing("Work", Project, Projects)
