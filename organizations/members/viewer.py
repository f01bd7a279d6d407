"""Who looks at a page, with what the `users` schema says of their organizations."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC
from users.models import User

NOBODY = 0


@dataclass(frozen=True)
class Viewer:
    """A person with what the `users` schema says of them; a visitor's `user_id` is `NOBODY`."""

    user_id: int = NOBODY
    organizations: frozenset[int] = frozenset()
    """Of which they are a member in any role; and GitLab.com Public when that is their home."""
    owned: frozenset[int] = frozenset()
    guest_of: frozenset[int] = frozenset()
    administrator: bool = False
    limited_to: int | None = None
    """The only organization of which anything is seen, public or not: the one of an access token."""

    def belongs_to(self, organization_id: int) -> bool:
        """Whether an organization is theirs to look at."""
        return self.administrator or organization_id in self.organizations


def viewer_of(user: User | AnonymousUser, *, looking: bool = False) -> Viewer:
    """Who looks or acts; one query for a person, none for a visitor.

    An administrator acts as one only with their password confirmed (`users.power`); `looking` is for what is only
    shown.
    """
    if not isinstance(user, User) and not user.is_authenticated:
        return Viewer()
    assert user.pk is not None  # noqa: S101  a signed-in person has a row
    roles = dict(Membership.objects.filter(user_id=user.pk).values_list("organization_id", "role"))
    # Every other default organization needs a membership.
    home = {user.default_organization_id} & {GITLAB_COM_PUBLIC}
    if user.limited_to is not None:
        roles = {each: role for each, role in roles.items() if each == user.limited_to}
        home &= {user.limited_to}
    return Viewer(
        user_id=user.pk,
        organizations=frozenset(roles) | home,
        owned=frozenset(each for each, role in roles.items() if role == Membership.Role.OWNER),
        guest_of=frozenset(each for each, role in roles.items() if role == Membership.Role.GUEST),
        administrator=user.is_superuser if looking else user.has_power,
        limited_to=user.limited_to,
    )
