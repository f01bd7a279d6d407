"""`manage.py settings …`: see and change the settings that all pods share, and those of one pod."""

from __future__ import annotations

import getpass
import json
import platform
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from admin_settings.changes import Actor, Change, masked, save
from admin_settings.definition import Definition
from admin_settings.definitions import DEFINITIONS
from admin_settings.effective import Effective, effective
from admin_settings.exceptions import SettingsRefused, SettingUnknown
from admin_settings.models import SettingChange
from admin_settings.stored import read_stored
from admin_settings.texts import read
from topology import Pod, TopologyError
from topology.words import in_words

NAME_AND_POD = "a pod's name or alias, for its own value (default: the shared value)"


class Command(BaseCommand):
    """Each subcommand is a method of its name."""

    help = "Show and change the settings that all pods share, and those of one pod."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands and their options."""
        commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
        every = commands.add_parser("list", help="show the effective value of every setting on each pod")
        every.add_argument("--pod", help="show one pod only")
        every.add_argument("--json", action="store_true", help="print JSON")
        one = commands.add_parser("get", help="show one setting on every pod, and where its value comes from")
        one.add_argument("name")
        one.add_argument("--json", action="store_true", help="print JSON")
        put = commands.add_parser("set", help="set a value; pods apply it when their replicas have received it")
        put.add_argument("name")
        put.add_argument("value", help="text, or JSON where the setting is a list or an object")
        put.add_argument("--pod", default="", help=NAME_AND_POD)
        back = commands.add_parser("unset", help="remove a value")
        back.add_argument("name")
        back.add_argument("--pod", default="", help=NAME_AND_POD)
        log = commands.add_parser("log", help="show the changes, newest last")
        log.add_argument("--last", type=int, default=50, metavar="N", help="number of lines (default: 50)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand; what goes wrong is one message and exit code 1."""
        try:
            getattr(self, f"_{options['do']}")(**options)
        except (SettingsRefused, TopologyError) as error:
            raise CommandError(str(error)) from None
        except Error as error:
            raise CommandError(f"the admin schema cannot be reached: {in_words(error)}") from error

    def _list(self, *, pod: str | None, json: bool, **_: Any) -> None:
        pods = [settings.TOPOLOGY.pod(pod)] if pod else list(settings.TOPOLOGY.pods.values())
        self._show(DEFINITIONS.values(), pods, as_json=json)

    def _get(self, *, name: str, json: bool, **_: Any) -> None:
        self._show([_definition(name)], list(settings.TOPOLOGY.pods.values()), as_json=json)

    def _set(self, *, name: str, value: str, pod: str, **_: Any) -> None:
        self._save(Change(name, read(_definition(name), value), pod))

    def _unset(self, *, name: str, pod: str, **_: Any) -> None:
        self._save(Change(name, None, pod))

    def _log(self, *, last: int, **_: Any) -> None:
        for line in reversed(SettingChange.objects.using("admin").order_by("-pk")[:last]):
            self.stdout.write(f"{line.changed_at:%Y-%m-%d %H:%M:%S} {line}")

    def _save(self, change: Change) -> None:
        actor = Actor(f"{getpass.getuser()} on {platform.node()}")
        made = save([change], actor, settings.TOPOLOGY).lines
        for line in made:
            self.stdout.write(str(line))
        if not made:
            self.stdout.write("Nothing was changed: the setting already has this value.")

    def _show(self, definitions: Iterable[Definition], pods: Sequence[Pod], *, as_json: bool) -> None:
        stored = read_stored("admin")
        found = {pod.name: effective(stored, pod) for pod in pods}
        if as_json:
            values = {each.name: {pod: _said(each, found[pod]) for pod in found} for each in definitions}
            self.stdout.write(json.dumps({"version": stored.version.number, "settings": values}, indent=2))
            return
        for each in definitions:
            self.stdout.write(f"{each.name} ({each.unit})")
            for said, where in _together(each, found).items():
                self.stdout.write(f"  {said:40} {', '.join(where)}")


def _definition(name: str) -> Definition:
    try:
        return DEFINITIONS[name]
    except KeyError:
        raise SettingUnknown(name, DEFINITIONS) from None


def _said(definition: Definition, on_pod: Effective) -> dict[str, Any]:
    value = on_pod.settings.model_dump(mode="json")[definition.name]
    return {"value": masked(definition.name, value), "from": on_pod.origins[definition.name].value}


def _together(definition: Definition, found: dict[str, Effective]) -> dict[str, list[str]]:
    """Each value in words, with the pods that have it."""
    together: dict[str, list[str]] = {}
    for pod, on_pod in found.items():
        said = _said(definition, on_pod)
        together.setdefault(f"{json.dumps(said['value'])} ({said['from']})", []).append(pod)
    return together
