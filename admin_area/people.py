"""Users, their tokens and memberships: in the `users` schema, the same for all pods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import display
from django.db.models import QuerySet

from admin_area.acts import Act, Refused, asking
from admin_area.filters import Standing
from admin_area.keyset import Key, Lowered
from admin_area.listing import Listing
from admin_area.organization_names import id_of, name_organizations
from organizations.default_organization import choose
from organizations.members.exceptions import MembersError, NotAMember
from organizations.members.models import Membership
from organizations.members.roles import change_role
from routing.forms import PathField
from users import administration
from users.lookup import named, with_email
from users.models import PersonalAccessToken, User
from users.revocation import end_all_sessions, is_only_owner


def _not_oneself(person: User, who: User) -> None:
    if person.pk == who.pk:
        raise Refused("you cannot do this to your own account; ask another administrator")


def _deactivate(person: User, who: User, given: dict[str, Any]) -> str:
    _not_oneself(person, who)
    administration.deactivate(person)
    done = f"{person.username} was deactivated and signed out everywhere."
    if is_only_owner(person):
        done = f"{done} They are the only owner of an organization: make another member its owner."
    return done


def _activate(person: User, who: User, given: dict[str, Any]) -> str:
    administration.activate(person)
    return f"{person.username} was activated."


def _sign_out(person: User, who: User, given: dict[str, Any]) -> str:
    end_all_sessions(person)
    return f"{person.username} was signed out everywhere."


def _appoint(person: User, who: User, given: dict[str, Any]) -> str:
    administration.appoint(person)
    return f"{person.username} is now an administrator."


def _dismiss(person: User, who: User, given: dict[str, Any]) -> str:
    _not_oneself(person, who)
    administration.dismiss(person)
    return f"{person.username} is no longer an administrator."


def _choose_home(person: User, who: User, given: dict[str, Any]) -> str:
    organization = id_of(given["path"])
    if organization is None:
        raise Refused(f"there is no organization {given['path']!r}; look up the path in the list of organizations")
    try:
        choose(person, organization)
    except NotAMember:
        # The exception's message has the ID, but the administrator typed the path.
        raise Refused(f"{person.username} does not belong to {given['path']}; check their memberships") from None
    return f"The default organization of {person.username} is now {given['path']}."


def _revoke(token: PersonalAccessToken, who: User, given: dict[str, Any]) -> str:
    token.revoke()
    return f"The token {token.name} was revoked."


def _change_role(membership: Membership, who: User, given: dict[str, Any]) -> str:
    change_role(membership.organization_id, membership.user_id, given["role"])
    return f"The role of {membership.user.username} is now {given['role']}."


class HomeForm(forms.Form):
    """An organization."""

    path = PathField(label="Path of the organization")


class RoleForm(forms.Form):
    """What a member may do."""

    role = forms.ChoiceField(choices=Membership.Role.choices)


USER_ACTS = (
    Act(
        "deactivate",
        "Deactivate",
        "They can no longer sign in, their sessions end and their tokens stop working. Their content stays.",
        _deactivate,
        applies=lambda row: row.is_active,
        refusals=(administration.LastAdministrator,),
    ),
    Act(
        "activate",
        "Activate",
        "They can sign in again, and their tokens work again.",
        _activate,
        applies=lambda row: not row.is_active,
    ),
    Act("sign_out", "Sign out everywhere", "Ends all their sessions. They can sign in again immediately.", _sign_out),
    Act(
        "home",
        "Choose default organization",
        "The organization they see after signing in. They must be a member of it.",
        _choose_home,
        form=asking(HomeForm),
    ),
    Act(
        "appoint",
        "Make administrator",
        "They can see everything in the cluster and make the same changes as you.",
        _appoint,
        applies=lambda row: row.is_active and not row.is_superuser,
    ),
    Act(
        "dismiss",
        "Remove administrator",
        "They keep their account and lose access to the Admin Area.",
        _dismiss,
        applies=lambda row: row.is_superuser,
        refusals=(administration.LastAdministrator,),
    ),
)


class Users(Listing):
    """All users, by username."""

    path = "users"
    label = "Users"
    counted_as = "users"
    acts = USER_ACTS
    parameters = frozenset({"standing"})
    list_filter = (Standing,)
    key = Key(Lowered("username"))
    list_display = ("username", "name", "email", "home", "is_active", "administrator")
    search_help_text = "The start of a username, or a full email address."
    # Not the password, nor anything made of it.
    fields = ("username", "name", "email", "home", "is_active", "administrator", "date_joined", "last_login")
    readonly_fields = ("home", "administrator")

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By mail address when it looks like one."""
        if "@" in text:
            return rows.filter(pk__in=list(with_email(text).values_list("pk", flat=True)))
        return super().found(rows, text)

    def prepare(self, rows: Sequence[Any]) -> None:
        """The paths of default organizations."""
        name_organizations(rows, "default_organization_id")

    @display(boolean=True)
    def administrator(self, row: Any) -> bool:
        """Whether they may everything."""
        return bool(row.is_superuser)

    @display(description="default organization")
    def home(self, row: Any) -> str:
        """Its path."""
        return str(row.organization_path)


class Tokens(Listing):
    """Personal access tokens, newest first. What is stored of one is a hash, and not even that is shown."""

    path = "tokens"
    label = "Access tokens"
    acts = (
        Act(
            "revoke",
            "Revoke",
            "Programs that use the token stop working. This cannot be undone.",
            _revoke,
            applies=lambda row: row.revoked_at is None,
        ),
    )
    list_display = ("name", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    search_help_text = "A full username."
    fields = ("name", "user", "created_at", "last_used_at", "expires_at", "revoked_at")

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Those of one person."""
        return rows.filter(user_id__in=_ids_of(text))


class Memberships(Listing):
    """Who belongs to which organization, newest first."""

    path = "memberships"
    label = "Memberships"
    acts = (
        Act(
            "role",
            "Change the role",
            "Changes what they may do in the organization. An organization needs at least one owner.",
            _change_role,
            form=lambda data, row: RoleForm(data, initial={"role": row.role}),
            refusals=(MembersError,),
        ),
    )
    list_display = ("user", "organization", "role", "created_at")
    list_select_related = ("user",)
    search_help_text = "A full username, or the full path of an organization."
    fields = ("user", "organization", "role", "created_at")
    readonly_fields = ("organization",)

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Those of one person; when nobody is named so, those of one organization."""
        people = _ids_of(text)
        return rows.filter(user_id__in=people) if people else rows.filter(organization_id=id_of(text) or 0)

    def prepare(self, rows: Sequence[Any]) -> None:
        """The paths of organizations."""
        name_organizations(rows)

    @display
    def organization(self, row: Any) -> str:
        """Its path."""
        return str(row.organization_path)


def _ids_of(username: str) -> list[int]:
    """At most one, looked up first: the planner then knows whose rows it reads."""
    return list(named(username).values_list("pk", flat=True))
