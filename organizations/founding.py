"""Create an organization: its path first, then everything else on the pod that it lives on.

`found` inserts one row in `routes`, on any pod. That takes the
path and names the pod, and nothing else exists yet. That pod finishes it, at the
first request for the organization or by its janitor: the owner's membership, the
state by which the pod serves it, and last `active` in `routes`. Each step may be
repeated, so whatever dies in between, the next one goes on; and no pod touches
another's `main`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import Error, IntegrityError, transaction
from django.db.models.functions import Now

from admin_settings.in_force import in_force
from organizations.members.models import Membership
from organizations.models import Organization
from organizations.tenancy.serving import serve
from schemas.names import is_path
from users.models import User

LONGEST_PATH = 255
# Pages beside the organizations: /organizations/new.
WORDS = frozenset({"new", "preview_markdown"})

logger = logging.getLogger(__name__)


class FoundingError(Exception):
    """Base class of the errors of creating an organization."""


class OrganizationPathInvalid(FoundingError):
    """The path is not allowed for an organization."""


class OrganizationPathTaken(FoundingError):
    """The path belongs to an organization, possibly a deleted one."""


class TooManyOrganizations(FoundingError):
    """The user created as many organizations in a day as the limit allows."""

    WAIT = timedelta(days=1)


def found(path: str, name: str, pod: str, *, creator_id: int | None = None, home: bool = False) -> Organization:
    """Reserve the path for a new organization on a pod, which finishes it. `home` makes it the creator's default
    organization.

    Raises a `FoundingError`.
    """
    _refuse_invalid(path)
    _refuse_too_many(creator_id)
    try:
        with transaction.atomic(using="routes"):
            return Organization.objects.using("routes").create(
                path=path,
                name=name,
                pod_id=pod,
                state=Organization.State.CREATING,
                creator_id=creator_id,
                is_home_of_creator=home,
            )
    except IntegrityError as error:
        taken = Organization.objects.using("routes").filter(path__iexact=path).exists()
        if not taken:
            raise
        raise OrganizationPathTaken(f"{path!r} is taken; choose another path") from error


def finish(organization_id: int, pod: str) -> bool:
    """Finish an organization on its own pod; False when it is none of this pod's, or finished already.

    One whose creator is gone is deleted. Raises `OperationalError` when another thread takes too long at it.
    """
    with transaction.atomic(using="routes", durable=True):
        creating = Organization.objects.using("routes").select_for_update(no_key=True)
        organization = creating.filter(pk=organization_id, pod_id=pod, state=Organization.State.CREATING).first()
        if organization is None:
            return False
        owned = organization.creator_id is None or _give_to(organization, organization.creator_id)
        if owned:
            serve(organization.pk, organization.epoch)
        organization.state = Organization.State.ACTIVE if owned else Organization.State.DELETED
        organization.save(update_fields=["state"])
    return True


def finish_organizations(pod: str, limit: int) -> Mapping[str, int]:
    """A step of the janitor: finish the oldest of a pod's organizations that nobody has finished."""
    creating = Organization.objects.using("routes").filter(pod_id=pod, state=Organization.State.CREATING)
    oldest = list(creating.order_by("pk").values_list("pk", flat=True)[:limit])
    finished = 0
    for each in oldest:
        try:
            finished += finish(each, pod)
        except Error as error:
            logger.warning("organization %d was not finished, and is tried again in the next round: %s", each, error)
    return {"finished": finished}


def _give_to(organization: Organization, creator_id: int) -> bool:
    """Make the creator the owner; False when the user no longer exists."""
    with transaction.atomic(using="users", durable=True):
        creator = User.objects.using("users").select_for_update(no_key=True).filter(pk=creator_id)
        if not creator.exists():
            return False
        _, made = Membership.objects.using("users").get_or_create(
            user_id=creator_id, organization_id=organization.pk, defaults={"role": Membership.Role.OWNER}
        )
        if made and organization.is_home_of_creator:
            creator.update(default_organization_id=organization.pk)
    return True


def _refuse_invalid(path: str) -> None:
    if len(path) > LONGEST_PATH:
        raise OrganizationPathInvalid(f"the path is longer than {LONGEST_PATH} characters; choose a shorter path")
    if not is_path(path) or "/" in path:
        raise OrganizationPathInvalid(
            f"{path!r} is not a valid path: use letters a to z, digits, '_', '-' and '.'; it must not start with '-' "
            "or end with a file extension such as '.git' or '.json'"
        )
    if path.lower() in WORDS:
        raise OrganizationPathInvalid(f"{path!r} is reserved for another page; choose another path")


def _refuse_too_many(creator_id: int | None) -> None:
    if creator_id is None:
        return
    most = in_force().organizations_a_day
    made = Organization.objects.using("routes").filter(creator_id=creator_id)
    if made.filter(created_at__gt=Now() - TooManyOrganizations.WAIT).count() >= most:
        raise TooManyOrganizations(f"you can create at most {most} organizations a day; try again tomorrow")
