"""Which pod serves a path: the seed's pre-flight request, `GET /api/v4/pods/learn`.

A path's question (`routing/classify.py`) and at most one indexed query
(`routing/lookup.py`) make the answer. It depends on the path only, never on who
asks; all pods of a region that are up to date give the same.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import Error as DjangoError
from django.db.models import Model

from admin_settings.in_force import in_force
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.presence import organization_of
from routing.absent import pod_of_absent
from routing.classify import MAX_ID, Lookup, Question, classify
from routing.declare import Rule, Source
from routing.ids import pod_of_birth
from routing.index import url_tree
from routing.lookup import Owner, RoutesUnreachable, owner_of, renew_connections
from routing.models import Route
from routing.paths import RawPath
from schemas.identity import this_topology
from topology import Pod


class Answer(NamedTuple):
    """Who serves a path, and what a router may remember of it."""

    path: str
    """A whole-segment prefix of what was asked, byte for byte as asked."""
    pod: str
    source: Source
    exact: bool
    """Whether only `path` itself may be remembered, and not what is below it."""
    max_age: int
    """Seconds for which the answer may be remembered."""
    prefix: str | None
    """The widest prefix with the same owner; None when `exact`."""
    epoch: int | None
    """The organization's epoch; None when no organization decided."""
    organization_id: int | None
    """None when no organization is known to own the path."""
    preference: bool
    """Whether any other pod of the region can serve when `pod` is down."""
    question: Question
    owner: Owner | None
    """The row that decided."""
    alias: str
    """The database that said so; empty when none was asked."""

    def is_of(self, organization_id: int) -> bool:
        """Whether the path is an organization's, or of what every pod serves alike."""
        if self.source is Source.ANY or self.organization_id is not None:
            return self.organization_id in {None, organization_id}
        return organization_id == GITLAB_COM_PUBLIC and self.question.declaration.rule in {Rule.PUBLIC, Rule.CALLER}


def learn(path: RawPath, *, fresh: bool = False, asked: Pod | None = None) -> Answer:
    """Who serves a path; `fresh` asks the primary. Raises `RoutesUnreachable`.

    `asked` is the pod that answers: this one, unless a caller wants to see another pod's answer.
    """
    question = classify(path)
    rule = question.declaration.rule
    if question.lookup is not None:
        owner, alias = owner_of(question.lookup, question.key, question.declaration.entity_types, fresh=fresh)
        return _owned(path, question, owner, alias)
    if rule is Rule.BIRTH:
        return _answer(question, _born(question.key), Source.ROUTABLE, in_force().learn_routable_seconds)
    if rule is Rule.NOBODY:
        return _nobody_knows(path, question)
    pod, seconds = _keyless(rule, question.key, asked or this_pod_or_latest())
    return _answer(question, pod, question.declaration.source, seconds, preference=rule is Rule.REGION)


def located(answer: Answer, *, fresh: bool = False) -> Answer:
    """The answer of the pod that has a row, or had it: by birth, a row is where its organization has moved.

    Raises `RoutesUnreachable`.
    """
    question = answer.question
    if question.declaration.model is None or not (question.key.isascii() and question.key.isdigit()):
        return answer
    organization_id = organization_of(apps.get_model(question.declaration.model), min(int(question.key), MAX_ID))
    if organization_id is None:
        return answer
    owner, alias = owner_of(Lookup.ORGANIZATION_ID, str(organization_id), fresh=fresh)
    if owner is None or owner.state == Organization.State.DELETED:
        return answer
    return _at(answer, owner, alias)


def of_organization(answer: Answer, organization_id: int, *, fresh: bool = False) -> Answer:
    """The answer for the callers of one organization: its pod, when it is active. Raises `RoutesUnreachable`."""
    owner, alias = owner_of(Lookup.ORGANIZATION_ID, str(organization_id), fresh=fresh)
    return answer if owner is None or owner.state != Organization.State.ACTIVE else _at(answer, owner, alias)


def models_by_birth() -> frozenset[type[Model]]:
    """The models with addresses by id alone: a pod has to remember the ids of rows that move away."""
    named = {endpoint.declaration.model for endpoint in url_tree().below()}
    return frozenset(apps.get_model(model) for model in named if model)


def _at(answer: Answer, owner: Owner, alias: str) -> Answer:
    return answer._replace(
        pod=owner.pod, epoch=owner.epoch, organization_id=owner.organization_id, owner=owner, alias=alias
    )


def _owned(path: RawPath, question: Question, owner: Owner | None, alias: str) -> Answer:
    if owner is None or owner.state == Organization.State.DELETED:
        return _answer(question, _absent(question), Source.UNKNOWN, in_force().learn_absent_seconds, alias=alias)
    if owner.kind == Route.Kind.RESERVED:
        return _nobody_knows(path, question, owner, alias)
    return _answer(question, owner.pod, Source.ROUTABLE, in_force().learn_routable_seconds, owner=owner, alias=alias)


def _absent(question: Question) -> str:
    """The pod of what has no row: the id's pod of birth, or one drawn by the name."""
    if question.lookup is Lookup.ORGANIZATION_ID:
        return pod_of_absent("organization id", question.key)
    if question.lookup is Lookup.ENTITY_ID:
        return _born(question.key)
    return pod_of_absent("organization" if question.lookup is Lookup.ORGANIZATION else "name", question.key)


def _born(key: str) -> str:
    number = min(int(key), MAX_ID) if key.isascii() and key.isdigit() else 0
    try:
        return pod_of_birth(number)
    except DjangoError:
        renew_connections()
    try:
        return pod_of_birth(number)
    except DjangoError as error:
        raise RoutesUnreachable("the id ranges cannot be read; see /-/readiness") from error


def this_pod_or_latest() -> Pod:
    """The pod that this process is; the latest one in commands that are no pod's."""
    pod: Pod | None = settings.POD
    return pod or this_topology().pod(this_topology().latest_pod)


def _keyless(rule: Rule, key: str, asked: Pod) -> tuple[str, int]:
    """The pod of a rule that needs no row, and for how many seconds."""
    topology = this_topology()
    match rule:
        case Rule.PUBLIC:
            return topology.legacy_pod, in_force().learn_public_seconds
        case Rule.CALLER:
            # That it is the caller's is as fixed as a pattern; its pod is that of visitors.
            return topology.legacy_pod, in_force().learn_fixed_seconds
        case Rule.LEGACY:
            return topology.legacy_pod, in_force().learn_fixed_seconds
        case Rule.POD:
            return topology.pod(key).name, in_force().learn_fixed_seconds
        case Rule.REGION:
            return _first_pod_of(asked.region), in_force().learn_fixed_seconds
        case _:
            return asked.name, in_force().learn_any_seconds


@cache
def _first_pod_of(region: str) -> str:
    return this_topology().first_pod_of(region).name


def _nobody_knows(path: RawPath, question: Question, owner: Owner | None = None, alias: str = "") -> Answer:
    """The latest pod: it may know an endpoint that this release does not."""
    latest, as_asked = this_topology().latest_pod, question._replace(path=path.raw, prefix=None)
    return _answer(as_asked, latest, Source.UNKNOWN, in_force().learn_unknown_seconds, owner=owner, alias=alias)


def _answer(
    question: Question,
    pod: str,
    source: Source,
    max_age: int,
    *,
    owner: Owner | None = None,
    alias: str = "",
    preference: bool = False,
) -> Answer:
    return Answer(
        path=question.path,
        pod=pod,
        source=source,
        exact=question.prefix is None,
        max_age=max_age,
        prefix=question.prefix,
        epoch=owner.epoch if owner else None,
        organization_id=owner.organization_id if owner else None,
        preference=preference,
        question=question,
        owner=owner,
        alias=alias,
    )
