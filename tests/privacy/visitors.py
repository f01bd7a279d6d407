"""Who looks, and how a page says what each of them gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Kinds = frozenset[str]

PEOPLE = {
    "visitor": "",
    "stranger": "eva",
    "legacy": "newcomer",
    "guest": "team-member",
    "member": "max",
    "owner": "mia",
    "administrator": "root",
}
"""Each kind of visitor, as seen from `my-organization`, and who in the demo is one. The guest is a legacy user too."""

EVERYBODY = frozenset(PEOPLE)
SIGNED_IN = EVERYBODY - {"visitor"}
INSIDERS = frozenset({"guest", "member", "owner", "administrator"})
OWNERS = frozenset({"owner", "administrator"})
ADMINISTRATORS = frozenset({"administrator"})
NOBODY: Kinds = frozenset()
MAKERS = frozenset({"member", "owner", "administrator"})
"""Who may open things in `my-organization`; guests report."""
PUBLIC_TEAM = frozenset({"guest", "administrator"})
"""Who works on `gitlab-org`: its developers. Nobody but administrators maintains it."""
LEGACY = frozenset({"legacy", "guest", "administrator"})
"""Whose default organization is GitLab.com Public."""

HOME = {
    "stranger": "/organizations/eu-makers/-/dashboard",
    "member": "/organizations/my-organization/-/dashboard",
    "owner": "/organizations/my-organization/-/dashboard",
    **dict.fromkeys(LEGACY, "/dashboard"),
}
_ORGANIZATION = {"stranger": "eu-makers", "member": "my-organization", "owner": "my-organization"}


def everybody_else(page: str, below: str = "/organizations/") -> dict[str, str]:
    """Where people are sent who are at home in another organization than GitLab.com Public."""
    return {kind: f"{below}{organization}{page}" for kind, organization in _ORGANIZATION.items()}


@dataclass(frozen=True)
class Page:
    """One address, and who gets what."""

    path: str
    shown: Kinds = NOBODY
    """200."""
    sent: Mapping[str, str] = field(default_factory=dict)
    """A redirect to this path."""
    private: str = ""
    """The part of the path that must not be told from an absent name."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Another status. If visitors get one, it is the same for what does not exist."""
    method: str = "GET"
    """A POST is a form of the page, with nothing filled in; another one of the API has no body either."""

    def as_form(self, status: int) -> Page:
        """The same page's form, sent with nothing filled in by those who see it: they get this status."""
        refused = {**self.refused, **dict.fromkeys(self.shown, status)}
        return replace(self, shown=NOBODY, refused=refused, method="POST")
