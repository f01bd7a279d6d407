"""Joining: an organization's members on its own pod, the rest where no organization is known yet."""

from __future__ import annotations

from organizations.members.views import founding, invitations, mine, people
from routing.declare import Patterns, by_organization, exact, fixed_to_region, gitlab_com_public, route

GLOBAL: Patterns = [
    route("organizations", mine.organizations, gitlab_com_public(), name="organizations"),
    *exact("organizations/new", gitlab_com_public(), founding.new_organization, name="new-organization"),
    # The form is sent here: to a pod near the sender.
    route("users/organizations/new", founding.new_organization, fixed_to_region(), name="found-organization"),
    route("users/sign_up/welcome", founding.welcome, fixed_to_region(), name="welcome"),
    route("-/invites/<segment:token>", invitations.answer, gitlab_com_public(), name="invitation"),
]
_MEMBERS = "organizations/<segment:path>/-/members"
_INVITATIONS = "organizations/<segment:path>/-/invitations"
# Before the prefix of all other pages of an organization.
KEYED: Patterns = [
    route(_MEMBERS, people.members, by_organization("path"), name="members"),
    route(f"{_MEMBERS}/<segment:user_id>/role", people.role, by_organization("path"), name="member-role"),
    route(f"{_MEMBERS}/<segment:user_id>/remove", people.remove, by_organization("path"), name="member-remove"),
    route(_INVITATIONS, invitations.invite, by_organization("path"), name="invite"),
    route(
        f"{_INVITATIONS}/<segment:invitation_id>/revoke",
        invitations.revoke,
        by_organization("path"),
        name="invitation-revoke",
    ),
]
