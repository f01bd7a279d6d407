"""Change what a member may do, or end a membership. Every organization keeps an owner: the database sees to it.

Migration 0002's trigger `memberships_keep_an_owner` refuses whatever takes the
last one away, also when several requests do so at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from organizations.members.exceptions import LastOwner, NotAMember
from organizations.members.models import Membership
from organizations.members.signals import member_leaves
from organizations.models import GITLAB_COM_PUBLIC
from schemas.positions import announce
from users.models import User

KEEPS_AN_OWNER = "memberships_keep_an_owner"


def change_role(organization_id: int, user_id: int, role: str) -> None:
    """Give a member another role. Raises `LastOwner` or `NotAMember`."""
    with _keeping_an_owner():
        # One statement, so no transaction around it.
        members = Membership.objects.using("users").filter(organization_id=organization_id, user_id=user_id)
        if not members.update(role=Membership.Role(role)):
            raise NotAMember("this person is no longer a member; reload the list of members")


def end_membership(organization_id: int, user_id: int) -> None:
    """Let a member leave, or remove them, with what they were members of within the organization.

    Who had it as their default organization falls back to GitLab.com Public. Call it on the organization's
    own pod. Raises `LastOwner` or `NotAMember`.
    """
    with _keeping_an_owner(), transaction.atomic(using="users"):
        members = Membership.objects.using("users").filter(organization_id=organization_id, user_id=user_id)
        if not members.delete()[0]:
            raise NotAMember("this person is no longer a member; reload the list of members")
        person = User.objects.using("users").filter(pk=user_id, default_organization_id=organization_id)
        person.update(default_organization_id=GITLAB_COM_PUBLIC)
        # Before the commit: if a process dies in between, too much was taken away rather than too little, and the
        # removal can be repeated.
        member_leaves.send(Membership, organization_id=organization_id, user_id=user_id)


def is_about_the_last_owner(error: BaseException) -> bool:
    """Whether the database refused to take an organization's last owner away."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return diagnosis is not None and diagnosis.constraint_name == KEEPS_AN_OWNER


@contextmanager
def _keeping_an_owner() -> Iterator[None]:
    # Lost permissions are lost everywhere by the time the response arrives.
    announce("users")
    try:
        yield
    except IntegrityError as error:
        if not is_about_the_last_owner(error):
            raise
        raise LastOwner("an organization needs at least one owner; make another member an owner first") from error
