"""`manage.py router`: for those who run Envoy themselves."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from router import config
from router.secrets import RouterSecretMissing, Secrets
from topology import Router, Topology


class Command(BaseCommand):
    """Prints a router's Envoy configuration, or writes it as files that a running Envoy follows."""

    help = "Print the Envoy configuration of a region's router."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which router, and where its configuration goes."""
        commands = parser.add_subparsers(dest="what", required=True)
        print_or_write = commands.add_parser("config", help="print the whole configuration as one JSON document")
        print_or_write.add_argument("--region", required=True, help="the router's region")
        print_or_write.add_argument(
            "--write",
            action="store_true",
            help="write the files that the cluster's own router follows, instead of printing one document: "
            "pods are added, drained and removed in this way while the router runs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the document, or the names of the written files."""
        topology, places = settings.TOPOLOGY, settings.PLACES
        router = router_of(topology, options["region"])
        try:
            secrets = Secrets.of(settings.ENVIRONMENT)
        except RouterSecretMissing as error:
            raise CommandError(str(error)) from None
        if options["write"]:
            files = config.write(topology, router, places, secrets)
            self.stdout.write(f"{files.clusters}\n{files.routes}\n{files.bootstrap}")
            return
        self.stdout.write(json.dumps(config.render(topology, router, places, secrets), indent=1))


def router_of(topology: Topology, region: str) -> Router:
    """The router of a region; raises `CommandError` listing the regions that have one."""
    routers = {router.region: router for router in topology.routers.values()}
    if region not in routers:
        known = ", ".join(routers) or "none; add one as [routers.<name>]"
        raise CommandError(f"there is no router in region {region!r}; regions with a router: {known}")
    return routers[region]
