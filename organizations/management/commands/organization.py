"""`manage.py organization create PATH --name NAME --owner USERNAME --pod POD`: make one where the operator wants it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from admin_settings.in_commands import act_as
from organizations.founding import FoundingError, found
from organizations.placing import PodsFull, pod_for
from topology import TopologyError
from users.models import User


class Command(BaseCommand):
    """Takes the path; the pod makes the rest at the first request for the organization, or by its janitor."""

    help = "create an organization on a given pod, or on the pod that the placement policy chooses for a region"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is made, for whom, and where."""
        create = parser.add_subparsers(dest="do", required=True).add_parser("create", help="create an organization")
        create.add_argument("path")
        create.add_argument("--name", help="name of the organization (default: its path)")
        create.add_argument("--owner", required=True, metavar="USERNAME")
        create.add_argument("--home", action="store_true", help="make it the owner's default organization")
        where = create.add_mutually_exclusive_group()
        where.add_argument("--pod", help="pod to create the organization on; may be draining")
        where.add_argument(
            "--region", help="region to place the organization in (default: the region of the legacy pod)"
        )

    def handle(self, *args: Any, path: str, **options: Any) -> None:
        """Say where it is; what is wrong is one message and exit code 1."""
        owner = User.objects.using("users").filter(username__iexact=options["owner"]).first()
        if owner is None:
            raise CommandError(f"there is no user {options['owner']!r}; the owner must sign up first")
        try:
            act_as(settings.TOPOLOGY.first_pod_of(_region(options["region"])))
            pod = _pod(options["pod"], options["region"])
            made = found(path, options["name"] or path, pod, creator_id=owner.pk, home=options["home"])
        except (FoundingError, PodsFull, TopologyError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"/organizations/{made.path} was created on {made.pod_id}, which starts serving it within a minute"
        )


def _pod(name: str | None, region: str | None) -> str:
    topology = settings.TOPOLOGY
    if name:
        return str(topology.pod(name).name)
    return pod_for(_region(region))


def _region(named: str | None) -> str:
    topology = settings.TOPOLOGY
    return named or str(topology.pod(topology.legacy_pod).region)
