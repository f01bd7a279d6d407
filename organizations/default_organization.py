"""A user's default organization (the seed's term): where global pages redirect them, and what they see first.

`None` stands for GitLab.com Public, whose users are never told about
organizations. A user who leaves their default organization, or whose organization
is deleted, falls back to GitLab.com Public with the next request: the value in
`users` counts only together with a membership and an active organization.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from organizations.members.exceptions import NotAMember
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, Organization
from schemas.pinning import use_primary_db
from users.models import User


def default_organization_of(user: User, memberships: Collection[int] | None = None) -> Organization | None:
    """Return a user's default organization; None when it is GitLab.com Public.

    `memberships` are the organizations that they are a member of, for a caller who has read them already.
    """
    home = user.default_organization_id
    if home == GITLAB_COM_PUBLIC:
        return None
    if not (_belongs_to(user, home) if memberships is None else home in memberships):
        return None
    return _active().filter(pk=home).first()


def organization_id_of(user: User | None) -> int:
    """The organization that a user's requests belong to where the address names none: the one that their token is
    limited to, else their default organization; GitLab.com Public for visitors.

    Whether it is active is for the caller to find out.
    """
    if user is None:
        return GITLAB_COM_PUBLIC
    if user.limited_to is not None:
        return user.limited_to
    home = user.default_organization_id
    return home if home == GITLAB_COM_PUBLIC or _belongs_to(user, home) else GITLAB_COM_PUBLIC


def choices_of(user: User) -> list[Organization]:
    """What a person can choose from, GitLab.com Public first; nothing when they belong to no other one."""
    theirs = Membership.objects.filter(user_id=user.pk).exclude(organization_id=GITLAB_COM_PUBLIC)
    organizations = {
        each.pk: each for each in _active().filter(pk__in=[*theirs.values_list("organization_id", flat=True)])
    }
    if not organizations:
        return []
    return [Organization.objects.get(pk=GITLAB_COM_PUBLIC), *sorted(organizations.values(), key=lambda each: each.name)]


def limits_of_tokens(user: User) -> list[tuple[int, str]]:
    """What a user's access tokens can be limited to (`users.tokens.limit_with`)."""
    return [(each.pk, each.name) for each in choices_of(user)]


def choose(user: User, organization_id: int) -> None:
    """Make an organization a person's home; their next request, on whichever pod, follows. Raises `NotAMember`."""
    with use_primary_db("users", "routes"):
        chosen = _active().filter(pk=organization_id)
        if organization_id != GITLAB_COM_PUBLIC and not (_belongs_to(user, organization_id) and chosen.exists()):
            raise NotAMember(f"{user} does not belong to organization {organization_id}")
        User.objects.filter(pk=user.pk).update(default_organization_id=organization_id)
    user.default_organization_id = organization_id


def _belongs_to(user: User, organization_id: int) -> bool:
    return Membership.objects.filter(user_id=user.pk, organization_id=organization_id).exists()


def _active() -> QuerySet[Organization]:
    return Organization.objects.filter(state=Organization.State.ACTIVE)
