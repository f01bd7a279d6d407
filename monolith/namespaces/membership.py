"""The members of groups and projects, and their roles.

A member of a group is a member of everything in it. A top-level group keeps
an owner; what is in it has those. Nobody gives a role that goes further than
they do, nor changes or ends one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from monolith.namespaces.creation import hold
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Role
from monolith.namespaces.policy import LEVEL_OF, Level, family_of
from organizations.members.exceptions import LastOwner, MembersError, NotAMember
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC
from users.lookup import named
from users.models import User


class NobodyToAdd(MembersError):
    """No active user of the organization has the username."""


class AlreadyMember(MembersError):
    """The user is already a direct member of the group or project."""


class BeyondOneself(MembersError):
    """The role is higher than the caller's own."""


def members_of(entity: Namespace | Project, user_id: int | None = None) -> QuerySet[Any, Any]:
    """Everybody's `user_id`, `role`, and `at`, the full path of what they are a member of; its own members first.

    With a `user_id`, only that user's.
    """
    only = Q() if user_id is None else Q(user_id=user_id)
    groups = NamespaceMember.objects.filter(only, namespace__in=family_of(entity))
    members = groups.values("user_id", "role", "expires_at", "created_at", at=F("namespace__full_path"))
    if isinstance(entity, Project):
        members = members.union(
            entity.members.filter(only).values(
                "user_id", "role", "expires_at", "created_at", at=F("project__full_path")
            ),
            all=True,
        )
    # Each path begins with those above it.
    return members.order_by("-at", "user_id")


def roles_up_to(level: Level) -> list[Role]:
    """Return the roles that a user at this level may give."""
    return [role for role in Role if LEVEL_OF[role] <= level]


def add(entity: Namespace | Project, who: str | int, role: str, *, by: Level, expires_at: date | None = None) -> User:
    """Add a user of the organization, by username or ID, as a member, and return the user.

    The membership ends at the beginning of the day `expires_at`. Raises `NobodyToAdd`, `AlreadyMember`,
    `BeyondOneself`, and `NamespaceGone` when it was renamed or deleted.
    """
    _refuse_beyond(role, by)
    with _belonging(who, entity.organization_id) as user, transaction.atomic(using="main"):
        hold(entity)
        _expired(entity).filter(user_id=user.pk).delete()
        _, made = _rows(entity).get_or_create(
            user_id=user.pk,
            defaults={"organization_id": entity.organization_id, "role": Role(role), "expires_at": expires_at},
        )
        if not made:
            raise AlreadyMember(f"{user.username} is already a member.")
    return user


def change_role(entity: Namespace | Project, user_id: int, role: str, *, by: Level, **also: date | None) -> None:
    """Give a member another role, and with `expires_at` another end; None for no end.

    Raises `NotAMember`, `LastOwner`, `BeyondOneself` and `NamespaceGone`.
    """
    _refuse_beyond(role, by)
    with _member(entity, user_id) as member:
        _refuse_beyond(member.role, by)
        if role != Role.OWNER or also.get("expires_at"):
            _refuse_last_owner(entity, member)
        _rows(entity).filter(pk=member.pk).update(role=Role(role), **also)


def remove(entity: Namespace | Project, user_id: int, *, by: Level, leaving: bool = False) -> None:
    """End a membership; `leaving` one's own, whatever the role. Raises as `change_role`."""
    with _member(entity, user_id) as member:
        if not leaving:
            _refuse_beyond(member.role, by)
        _refuse_last_owner(entity, member)
        member.delete()


def _rows(entity: Namespace | Project) -> Any:
    return entity.members


def _expired(entity: Namespace | Project) -> QuerySet[Any]:
    """The memberships that have ended; their rows stay until the person is added again."""
    model, of = (ProjectMember, "project") if isinstance(entity, Project) else (NamespaceMember, "namespace")
    present = model.objects.filter(**{of: entity})
    return model.with_expired.filter(**{of: entity}).exclude(pk__in=present.values("pk"))


@contextmanager
def _member(entity: Namespace | Project, user_id: int) -> Iterator[NamespaceMember | ProjectMember]:
    """A member, with the entity locked: members of one group are changed one at a time."""
    with transaction.atomic(using="main"):
        hold(entity)
        member = _rows(entity).filter(user_id=user_id).first()
        if member is None:
            raise NotAMember("This person is no longer a member.")
        yield member


@contextmanager
def _belonging(who: str | int, organization_id: int) -> Iterator[User]:
    """A person who belongs to the organization until the block ends: nobody removes them meanwhile.

    Everybody whose username is known may work in GitLab.com Public; by their ids, which can be counted through,
    only those whose default organization it is.
    """
    with transaction.atomic(using="users"):
        rows = User.objects.filter(pk=who) if isinstance(who, int) else named(who)
        user = rows.using("users").filter(is_active=True).first()
        memberships = Membership.objects.using("users").select_for_update(no_key=True)
        belongs = memberships.filter(user_id=user.pk if user else 0, organization_id=organization_id).first()
        welcome = organization_id == GITLAB_COM_PUBLIC and (isinstance(who, str) or bool(user and user.is_legacy))
        if user is None or not (belongs or welcome):
            raise NobodyToAdd("No one with this username can be added.")
        yield user


def _refuse_beyond(role: str, by: Level) -> None:
    if LEVEL_OF[role] > by:
        raise BeyondOneself(f"Only members with the role {role} or higher can give or change the role {role}.")


def _refuse_last_owner(entity: Namespace | Project, member: NamespaceMember | ProjectMember) -> None:
    if isinstance(entity, Project) or entity.parent_id is not None or member.role != Role.OWNER:
        return
    # An owner whose membership ends would leave the group without one.
    if not entity.members.filter(role=Role.OWNER, expires_at=None).exclude(pk=member.pk).exists():
        raise LastOwner("A group needs at least one owner. Make another member an owner first.")
