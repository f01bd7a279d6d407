"""`manage.py learn GET /path`: what learn answers, and why."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.classify import METHODS
from routing.learn import Answer, learn, this_pod_or_latest
from routing.lookup import RoutesUnreachable
from routing.paths import PathInvalid, parse
from schemas.identity import this_topology
from topology import PodUnknown


class Command(BaseCommand):
    """Explains one answer."""

    help = "Explain what learn answers for a path: pattern, key, row, alias, why."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The question, and who is asked."""
        parser.add_argument("method", help="GET, POST, ...")
        parser.add_argument("path", help="path as a client sends it, without the query")
        parser.add_argument("--fresh", action="store_true", help="ask the primary")
        parser.add_argument("--as-pod", metavar="POD", help="answer as this pod (default: POD_ID, else the latest pod)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answer and its reasons."""
        if options["method"] not in METHODS:
            raise CommandError(f"method must be one of {', '.join(sorted(METHODS))}")
        try:
            asked = this_topology().pod(options["as_pod"]) if options["as_pod"] else this_pod_or_latest()
            answer = learn(parse(options["path"]), fresh=options["fresh"], asked=asked)
        except PathInvalid as error:
            raise CommandError(f"path_info {error} (learn answers 400)") from None
        except (PodUnknown, RoutesUnreachable) as error:
            raise CommandError(str(error)) from None
        explained = {"asked": asked.name, **explain(answer)}
        if options["json"]:
            self.stdout.write(json.dumps(explained, indent=2))
            return
        for name, value in explained.items():
            self.stdout.write(f"{name:14} {value}")


def explain(answer: Answer) -> dict[str, object]:
    """The answer with what led to it, in the order of the steps."""
    question, owner = answer.question, answer.owner
    known: dict[str, object] = {
        "pattern": f"/{question.endpoint.route}" if question.endpoint else "none",
        "declared": str(question.declaration),
        "key": f"{question.lookup or 'id or name'} {question.key!r}" if question.key else "none",
        "row": "none",
        "alias": answer.alias or "none asked",
        "path": answer.path,
        "pod": answer.pod,
        "source": answer.source.value,
        "exact": answer.exact,
        "prefix": answer.prefix or "none",
        "max-age": answer.max_age,
        "epoch": answer.epoch or "none",
        "why": _why(answer),
    }
    if owner:
        known["row"] = f"{owner.kind}, organization {owner.organization_id} ({owner.state}) on {owner.pod}"
    return known


def _why(answer: Answer) -> str:
    question, owner = answer.question, answer.owner
    if question.endpoint is None:
        return "no URL pattern matches: the latest pod may know a newer one"
    if owner and owner.organization_id is None:
        return "a reserved word for which this release has no URL: the latest pod may have one"
    if owner:
        return f"the organization {owner.organization_id} lives on {owner.pod}"
    if question.lookup:
        return "no row has this key: " + (
            "the pod that owns the ID's range"
            if question.key.isdigit()
            else "a pod drawn by a hash of the name, as for every absent name"
        )
    return f"served by {question.declaration.rule}" + (", as a preference" if answer.preference else "")
