"""Errors about members of organizations, groups and projects."""

from __future__ import annotations


class MembersError(Exception):
    """Base class of the errors of joining, roles and leaving."""


class NotAMember(MembersError):
    """The user is not a member, or no longer one."""


class LastOwner(MembersError):
    """The change would leave no owner."""
