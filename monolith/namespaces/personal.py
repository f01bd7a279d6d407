"""Users' namespaces: the name is claimed at sign-up, the namespace is created on its pod.

A username is a top-level name, so it is claimed before its person is made
(invariant 3), in GitLab.com Public, every new user's default organization. Any pod
signs people up, and no pod touches another's `main`; so the claim is handed over
to the legacy pod, which makes the namespace if there is such a person by then,
at the first request for it or by its janitor, and else releases the name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import Error, OperationalError, transaction
from django.db.models.functions import Lower

from monolith.namespaces.models import Namespace, Visibility
from organizations.models import GITLAB_COM_PUBLIC
from organizations.tenancy.models import OrganizationState
from routing import claims
from routing.outcomes.conclude import record_alive
from schemas.gate import enter, was_shut
from users.lookup import named
from users.models import User


@contextlib.contextmanager
def name_of_somebody_new(username: str) -> Iterator[None]:
    """A transaction of `users` that makes the person of this name, which nobody can take meanwhile.

    Raises what `routing.claims.claim` raises, and `PathTaken` when it took too long.
    """
    claimed = claims.claim(username, GITLAB_COM_PUBLIC, Namespace.Kind.USER)
    try:
        with transaction.atomic(using="users"):
            yield
            # From here on there is a minute to commit.
            if not claims.renew(claimed.key):
                raise claims.PathTaken(f"{username!r} took too long to claim and was released; try again")
    finally:
        # Best effort: the owner pod would decide this anyway when the claim has expired.
        with contextlib.suppress(Error):
            claims.hand_over(claimed.key)


def make_namespace(claimed: claims.Claim) -> None:
    """Create the namespace of the person who signed up with this name, if there is one. Raises `ClaimDied`."""
    person = named(claimed.path).using("users").first()
    if person is None:
        return
    try:
        _make(claimed, person)
    except OperationalError as error:
        if not was_shut(error):
            raise


def _make(claimed: claims.Claim, person: User) -> None:
    """Create the namespace, unless it was created or buried already. Raises `OperationalError` when this pod does not
    serve its organization.
    """
    with transaction.atomic(using="main", durable=True):
        enter("main", claimed.organization_id)
        # One at a time: the second one finds what the first has made.
        OrganizationState.objects.using("main").select_for_update(no_key=True).get(pk=claimed.organization_id)
        present = Namespace.objects.using("main").alias(key=Lower("full_path"))
        if present.filter(key=claimed.path.lower(), organization_id=claimed.organization_id).exists():
            return
        made = Namespace.objects.using("main").create(
            organization_id=claimed.organization_id,
            kind=Namespace.Kind.USER,
            owner_id=person.pk,
            path=claimed.path,
            full_path=claimed.path,
            name=person.username,
            visibility=Visibility.PUBLIC,
        )
        record_alive(claimed, made.pk)
