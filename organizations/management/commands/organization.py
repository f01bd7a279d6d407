"""`manage.py organization create PATH …` makes one where the operator wants it, and `transfer-namespace PATH
ORGANIZATION` takes a top-level namespace to another one.
"""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from admin_settings.in_commands import act_as
from organizations.founding import FoundingError, found
from organizations.models import NamespaceTransfer
from organizations.placing import PodsFull, pod_for
from organizations.transfers.exceptions import TransferRefused
from organizations.transfers.plan import Plan, named, plan
from organizations.transfers.steps import transfer
from schemas.as_pod import as_pod
from topology import TopologyError
from users.models import User


class Command(BaseCommand):
    """Each subcommand does one thing to one organization."""

    help = "create an organization, or transfer a top-level namespace to one"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the subcommands."""
        commands = parser.add_subparsers(dest="do", required=True)
        create = commands.add_parser(
            "create",
            help="create an organization on a given pod, or on the pod that the placement policy chooses for a region",
        )
        create.add_argument("path")
        create.add_argument("--name", help="name of the organization (default: its path)")
        create.add_argument("--owner", required=True, metavar="USERNAME")
        create.add_argument("--home", action="store_true", help="make it the owner's default organization")
        where = create.add_mutually_exclusive_group()
        where.add_argument("--pod", help="pod to create the organization on; may be draining")
        where.add_argument(
            "--region", help="region to place the organization in (default: the region of the legacy pod)"
        )
        taking = commands.add_parser(
            "transfer-namespace",
            help="transfer a top-level namespace, with everything in it, to another organization of the same pod",
        )
        taking.add_argument("path", help="path of the namespace; it stays the same")
        taking.add_argument("organization", metavar="ORGANIZATION", help="path of the organization that gets it")
        taking.add_argument("--dry-run", action="store_true", help="show what it would do, and change nothing")
        taking.add_argument(
            "--remove-members",
            action="store_true",
            help="remove people from the namespace who do not belong to the organization (default: refuse)",
        )

    def handle(self, *args: Any, do: str, **options: Any) -> None:
        """Do it, or say what is wrong in one message, with exit code 1."""
        if do == "create":
            self._create(**options)
        else:
            self._transfer(**options)

    def _create(self, *, path: str, **options: Any) -> None:
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

    def _transfer(self, *, path: str, organization: str, dry_run: bool, remove_members: bool, **options: Any) -> None:
        try:
            with _as_pod_of(path):
                if dry_run:
                    self._tell(plan(path, organization), remove_members=remove_members)
                    return
                done = transfer(
                    path,
                    organization,
                    asked_by=f"{getpass.getuser()}, on the command line",
                    remove_members=remove_members,
                )
        except TransferRefused as error:
            raise CommandError(str(error)) from None
        said = f"{done.path} and everything in it belong to {done.target.path} now"
        if done.state != NamespaceTransfer.State.DONE:
            said = f"{said}; the janitor of {done.pod_id} finishes the rest within a minute"
        self.stdout.write(said)

    def _tell(self, planned: Plan, *, remove_members: bool) -> None:
        """Write what a transfer would do."""
        self.stdout.write(f"/{planned.route.path} would go from {planned.source.path} to {planned.target.path}, with:")
        for table, count in planned.rows.items():
            self.stdout.write(f"  {count:>10,} {table}")
        for column, count in planned.cut.items():
            self.stdout.write(f"{count:,} lose {column}: it stays with {planned.source.path}")
        for old, present in planned.broken:
            self.stdout.write(f"/{old} would no longer redirect to /{present}: it stays with another namespace")
        if not planned.outsiders:
            self.stdout.write(f"Everybody who has something in it belongs to {planned.target.path}.")
            return
        what = "would lose what they have in it" if remove_members else "keep it from going, unless --remove-members"
        self.stdout.write(f"People who do not belong to {planned.target.path}, and {what}:")
        for line in planned.outsiders:
            self.stdout.write(f"  {line}")


@contextmanager
def _as_pod_of(path: str) -> Iterator[None]:
    """Work as the pod that has a namespace. Raises `TransferRefused`, and `CommandError` on another pod."""
    route = named(path)
    pod = route.organization.pod_id if route.organization else ""
    if settings.POD is None:
        act_as(settings.TOPOLOGY.pod(pod))
        with as_pod(pod):
            yield
    elif settings.POD.name == pod:
        yield
    else:
        raise CommandError(f"{path} is on {pod}; run this without POD_ID, or with POD_ID={pod}")


def _pod(name: str | None, region: str | None) -> str:
    topology = settings.TOPOLOGY
    if name:
        return str(topology.pod(name).name)
    return pod_for(_region(region))


def _region(named: str | None) -> str:
    topology = settings.TOPOLOGY
    return named or str(topology.pod(topology.legacy_pod).region)
