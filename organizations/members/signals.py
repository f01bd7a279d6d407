"""What other apps are told about members."""

from __future__ import annotations

from django.dispatch import Signal

member_leaves = Signal()
"""Sent on the organization's own pod with `organization_id` and `user_id`, before the membership's end is committed.

A receiver takes away what the person was a member of inside the organization. What it raises stops the removal.
"""
