"""Find members of an organization by their usernames and names."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from organizations.members.models import Membership


def members_found(organization_id: int, words: str = "") -> QuerySet[Membership]:
    """Return the members whose username or name contains each word, in any letter case; all without a word."""
    found = Membership.objects.filter(organization_id=organization_id)
    for word in words.split():
        found = found.filter(Q(user__username__icontains=word) | Q(user__name__icontains=word))
    return found.select_related("user").order_by(Lower("user__username"))
