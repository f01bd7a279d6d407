"""Groups and projects of one pod in the Admin Area."""

from __future__ import annotations

from typing import Any

from admin_area.acts import Act, asking
from admin_area.keyset import Key, Lowered
from admin_area.organization_rows import OfOrganizations, refuse_unserved
from admin_area.site import pod_area
from monolith.namespaces.creation import rename
from monolith.namespaces.deletion import delete
from monolith.namespaces.forms import DeleteForm, PathForm
from monolith.namespaces.models import Namespace, Project
from organizations.transfers.exceptions import TransferRefused
from organizations.transfers.forms import NamespaceTransferForm
from organizations.transfers.steps import transfer
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


def _transfer(group: Namespace, who: User, given: dict[str, Any]) -> str:
    refuse_unserved(group)
    done = transfer(
        group.full_path, given["organization"], asked_by=who.username, remove_members=given["remove_members"]
    )
    return f"{group.full_path} and everything in it belong to {done.target.path} now."


def _is_top_level_group(group: Namespace) -> bool:
    return group.kind == Namespace.Kind.GROUP and group.parent_id is None


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

GROUP_ACTS = (
    *ENTITY_ACTS,
    Act(
        "transfer",
        "Transfer to another organization",
        "Everything in the group goes along, and all paths stay the same. The organization must be on this pod. "
        "Afterwards what is internal is seen by the organization's members, and its owners own the group. If people "
        "have something in it and do not belong to the organization, nothing is changed and they are listed.",
        _transfer,
        form=asking(NamespaceTransferForm),
        applies=_is_top_level_group,
        refusals=(TransferRefused,),
    ),
)


class Groups(OfOrganizations):
    """Groups and people's namespaces, by their paths."""

    path = "groups"
    label = "Groups"
    counted_as = "groups"
    acts = GROUP_ACTS
    key = Key(Lowered("full_path"))
    list_display = ("full_path", "name", "kind", "visibility", "owner", "created_at")
    search_help_text = "The start of a full path."
    fields = ("full_path", "name", "kind", "visibility", "owner", "created_at")
    readonly_fields = ("owner",)


class Projects(OfOrganizations):
    """Projects, by their paths."""

    path = "projects"
    label = "Projects"
    counted_as = "projects"
    acts = ENTITY_ACTS
    key = Key(Lowered("full_path"))
    list_display = ("full_path", "name", "visibility", "owner", "created_at")
    search_help_text = "The start of a full path."
    fields = ("full_path", "name", "description", "visibility", "owner", "created_at")
    readonly_fields = ("owner",)


pod_area.listing("Work", Namespace, Groups)
pod_area.listing("Work", Project, Projects)
