"""What can be wrong with members, of organizations and of what is in them."""

from __future__ import annotations


class MembersError(Exception):
    """Root of what can be wrong with joining, roles and leaving."""


class NotAMember(MembersError):
    """The person is not a member, or not any more."""


class LastOwner(MembersError):
    """Without this person there would be no owner."""
