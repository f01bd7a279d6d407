"""How each URL is routed, declared where its pattern is written.

The seed: "We require all existing endpoints to be routable by URI, or be fixed
to a specific Pod for processing." Every pattern of the URL configuration is
made by `route`, `prefix`, `exact` or `declared`; `manage.py check` finds those
that are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

import routing.converters  # noqa: F401  registers what patterns are made of
from routing.names import ENTITY_TYPE, without_format
from routing.views import not_built

View = Callable[..., HttpResponseBase]


class Rule(StrEnum):
    """What decides which pod serves a request."""

    NAMESPACE = "the top-level namespace of the path"
    ORGANIZATION = "the organization of this path"
    ENTITY = "the entity of this id or escaped path"
    ORGANIZATION_ID = "the organization of this id or path"
    BIRTH = "the range that the id lies in"
    PUBLIC = "GitLab.com Public, so the legacy pod"
    CALLER = "the organization of the caller, by their credential"
    LEGACY = "the legacy pod"
    REGION = "the first pod of the region"
    POD = "the pod named in the path"
    ANY = "any pod"
    NOBODY = "nobody, so the latest pod"


class Source(StrEnum):
    """The sources of learn's answers."""

    ROUTABLE = "routable"
    FIXED = "fixed"
    ANY = "any"
    UNKNOWN = "unknown"


SOURCES = {
    Rule.LEGACY: Source.FIXED,
    Rule.REGION: Source.FIXED,
    Rule.POD: Source.FIXED,
    Rule.ANY: Source.ANY,
    Rule.NOBODY: Source.UNKNOWN,
}
"""By rule; routable for all others."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One rule, with the argument of the pattern that holds its key (none where the rule has no key)."""

    rule: Rule
    argument: str | None = None
    is_global_page: bool = False
    """People of other organizations are sent to the page of the same name in their own."""
    page: str | None = None
    """The name that the page has below `/organizations/<path>/-/`, in every other organization."""
    entity_types: tuple[str, ...] = ()
    """Of `Rule.ENTITY`: what kinds of entity the id may belong to, as routes name them."""
    least_segments: int = 1
    """Of `Rule.ENTITY`: how many segments a path of such an entity has at least."""
    model: str | None = None
    """Of `Rule.BIRTH`: whose id it is, as `app.Model`."""

    @property
    def source(self) -> Source:
        """What learn's answers say of their source when the key is found."""
        return SOURCES.get(self.rule, Source.ROUTABLE)

    @property
    def is_by_credential(self) -> bool:
        """Whether the caller's organization decides, so that one path has several owners."""
        return self.rule is Rule.CALLER

    def has_owner_of(self, other: Declaration) -> bool:
        """Whether one key has the same owner by both declarations."""
        return (self.rule, self.entity_types, self.model) == (other.rule, other.entity_types, other.model)

    def __str__(self) -> str:
        rule = self.rule.replace("entity", " or ".join(self.entity_types)) if self.entity_types else self.rule
        by = f" ({self.argument})" if self.argument else ""
        return f"{self.source}: {rule}{by}"


def by_namespace(argument: str) -> Declaration:
    """Routable by the path of an entity: the owner of its top-level name."""
    return Declaration(Rule.NAMESPACE, argument)


def by_organization(argument: str) -> Declaration:
    """Routable by the path of an organization."""
    return Declaration(Rule.ORGANIZATION, argument)


def by_entity_id(argument: str, *entity_types: str, least_segments: int = 1) -> Declaration:
    """Routable by the id of an entity of one of these types, or by its path as one escaped segment.

    The types are those that the entities' names were claimed with. Raises `ValueError` for one that no route can have.
    """
    wrong = [each for each in entity_types if not re.fullmatch(ENTITY_TYPE, each)]
    if wrong or not entity_types:
        raise ValueError(f"{wrong or 'no type'}: write one or more entity types as up to 8 letters a to z")
    return Declaration(Rule.ENTITY, argument, entity_types=entity_types, least_segments=least_segments)


def by_organization_id(argument: str) -> Declaration:
    """Routable by the id of an organization, or by its path."""
    return Declaration(Rule.ORGANIZATION_ID, argument)


def by_birth(argument: str, model: str | None = None) -> Declaration:
    """Routable by an id that stands in no route: the pod that leased the range which the id lies in.

    With the `model` (`app.Model`) whose id it is, that pod knows where the row has moved with its organization.
    """
    return Declaration(Rule.BIRTH, argument, model=model)


def gitlab_com_public(page: str | None = None) -> Declaration:
    """A global page or endpoint: has no key in its path, belongs to GitLab.com Public.

    `page` is its name in every other organization: `groups/new` for `/organizations/<path>/-/groups/new`.
    """
    return Declaration(Rule.PUBLIC, page=page)


def global_page(page: str | None = None) -> Declaration:
    """A page of GitLab.com Public that people of other organizations can never load: they are sent to
    `/organizations/<theirs>/-/<page>`.
    """
    return Declaration(Rule.PUBLIC, is_global_page=True, page=page)


def by_credential() -> Declaration:
    """Routable by who asks: an endpoint without a key, such as a list, belongs to the organization that the caller's
    token is limited to, else to the caller's default organization; to GitLab.com Public for visitors.

    Learn's answer names the legacy pod for every caller. A pod that is not the caller's sends the request on.
    """
    return Declaration(Rule.CALLER)


def fixed_to_legacy_pod() -> Declaration:
    """Served by the legacy pod only, such as `/admin`."""
    return Declaration(Rule.LEGACY)


def fixed_to_region() -> Declaration:
    """Served by the first pod of the answering pod's region; a preference, since any pod can serve it."""
    return Declaration(Rule.REGION)


def fixed_to_pod(argument: str) -> Declaration:
    """Served by the pod that the path names."""
    return Declaration(Rule.POD, argument)


def any_pod() -> Declaration:
    """Every pod serves it alike."""
    return Declaration(Rule.ANY)


def nobody() -> Declaration:
    """Served by no release that is known here; a later one may."""
    return Declaration(Rule.NOBODY)


class EndpointPattern(RoutePattern):
    """As Django's, but a trailing slash does not matter, nor a format suffix on a last word (`/dashboard.json`)."""

    def __init__(self, route: str, name: str | None = None, is_endpoint: bool = False) -> None:
        super().__init__(route, name, is_endpoint)
        self._words, less_than, _ = route.partition("<")
        self._is_words = not less_than
        self._ends_with_a_word = not route.endswith(">")

    def match(self, path: str) -> Any:
        """As Django's, with a regular expression only where one can match: there are hundreds of patterns."""
        if not path.startswith(self._words):
            return None
        path = path.removesuffix("/")
        found = self._matched(path)
        if found or not self._ends_with_a_word:
            return found
        head, slash, last = path.rpartition("/")
        base = without_format(last)
        return self._matched(f"{head}{slash}{base}") if base != last else None

    def _matched(self, path: str) -> Any:
        if self._is_words:
            return ("", (), {}) if path == self._words else None
        return super().match(path)


class DeclaredPattern(URLPattern):
    """An endpoint with its declaration."""

    def __init__(self, pattern: Any, view: View, declaration: Declaration, name: str | None) -> None:
        super().__init__(pattern, view, None, name)
        self.declaration = declaration


class DeclaredResolver(URLResolver):
    """URLs of a third-party package, included below one declaration."""

    declaration: Declaration


Patterns = list[URLPattern | URLResolver]


def route(pattern: str, view: View, declaration: Declaration, *, name: str | None = None) -> DeclaredPattern:
    """One endpoint."""
    return DeclaredPattern(EndpointPattern(pattern, name=name, is_endpoint=True), view, declaration, name)


def prefix(pattern: str, declaration: Declaration, view: View = not_built, *, name: str | None = None) -> Patterns:
    """An endpoint and all paths below it that no earlier pattern takes: one owner, so learn answers the prefix."""
    return [route(pattern, view, declaration, name=name), route(f"{pattern}/<rest:rest>", not_built, declaration)]


def exact(pattern: str, declaration: Declaration, view: View = not_built, *, name: str | None = None) -> Patterns:
    """An endpoint beside a key (`groups/new` beside `groups/<name>`): what is below it is nobody's, and no key."""
    return [route(pattern, view, declaration, name=name), route(f"{pattern}/<rest:rest>", not_built, nobody())]


def routes(words: str, declaration: Declaration, *, below: str = "") -> Patterns:
    """One endpoint for each of these words; pages that are not built."""
    return [route(below + word, not_built, declaration) for word in words.split()]


def prefixes(words: str, declaration: Declaration, *, below: str = "") -> Patterns:
    """A prefix for each of these words; pages that are not built."""
    return [each for word in words.split() for each in prefix(below + word, declaration)]


def declared(
    pattern: str,
    included: tuple[Sequence[Any] | ModuleType | str, str | None, str | None],
    declaration: Declaration,
) -> DeclaredResolver:
    """Third-party URLs, all with one declaration; `included` is what Django's `include` returns."""
    urlconf, app_name, namespace = included
    resolver = DeclaredResolver(
        RoutePattern(pattern, is_endpoint=False), urlconf, None, app_name=app_name, namespace=namespace
    )
    resolver.declaration = declaration
    return resolver
