"""Every setting that all pods share, with its type, bounds and default: the one place for each.

What `admin_settings` stores are values by name; those of one pod make a
`Settings`. A name that this release does not know is left out, since the release
before and after may run on the same rows. Call `problems_of` as well before saving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from admin_settings.definition import Definition, Group, definition_of, setting
from topology import Topology

Visibility = Literal["private", "internal", "public"]
Policy = Literal["region", "pod", "room", "weights"]
DAY_HOURS = 24


class Settings(BaseModel):
    """The values by which one pod acts, templates filled in. Raises `pydantic.ValidationError` naming each that is
    wrong.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sign_up_open: bool = setting(
        True,
        Group.SIGN_UP,
        "Sign-up is open",
        "Whether anybody can sign up. When off, only users with an invitation link can.",
        "yes or no",
        dangerous=True,
    )
    session_hours: int = setting(
        14 * DAY_HOURS,
        Group.SIGN_UP,
        "Session length",
        "How long a new session lasts.",
        "hours",
        least=1,
        most=365 * DAY_HOURS,
    )
    sign_in_failures: int = setting(
        10,
        Group.SIGN_UP,
        "Failed sign-ins before the lock-out",
        "A username is locked after this many wrong passwords, whether it exists or not.",
        "tries",
        least=3,
        most=1000,
        dangerous=True,
    )
    lock_out_minutes: int = setting(
        10,
        Group.SIGN_UP,
        "Lock-out",
        "How long a username stays locked after too many wrong passwords.",
        "minutes",
        least=1,
        most=DAY_HOURS * 60,
        dangerous=True,
    )
    password_reset_hours: int = setting(
        6,
        Group.SIGN_UP,
        "Life of a link to reset a password",
        "How long a link to reset a password works.",
        "hours",
        least=1,
        most=7 * DAY_HOURS,
    )
    access_token_days: int = setting(
        365,
        Group.SIGN_UP,
        "Longest life of an access token",
        "The longest life of a new personal access token.",
        "days",
        least=1,
        most=365,
    )

    confirmation_minutes: int = setting(
        10,
        Group.SIGN_UP,
        "Life of a confirmed password",
        "How long a session can change the email address and access tokens, and act as an administrator, after the "
        "user has confirmed the password.",
        "minutes",
        least=1,
        most=60,
        dangerous=True,
    )
    email_confirmation_hours: int = setting(
        24,
        Group.SIGN_UP,
        "Life of a link to confirm an email address",
        "How long a link to confirm a new email address works.",
        "hours",
        least=1,
        most=7 * DAY_HOURS,
    )

    sign_ups_an_hour: int = setting(
        100,
        Group.LIMITS,
        "Sign-ups of an address",
        "How many sign-up forms one network address can send in an hour. An IPv6 /64 counts as one address.",
        "forms an hour",
        least=1,
        most=1_000_000,
    )
    people_an_hour: int = setting(
        100,
        Group.LIMITS,
        "People that a person asks about",
        "How many answers that tell whether a username or email address is in use one user gets in an hour.",
        "answers an hour",
        least=1,
        most=100_000,
    )
    passwords_an_hour: int = setting(
        50,
        Group.LIMITS,
        "Tries at one's own password",
        "How often the current password of one user can be tried in an hour while signed in.",
        "tries an hour",
        least=1,
        most=10_000,
    )
    reset_mails_an_hour: int = setting(
        5,
        Group.LIMITS,
        "Mails to reset a password",
        "How many emails to reset a password one user gets in an hour.",
        "mails an hour",
        least=1,
        most=1000,
    )
    email_changes_an_hour: int = setting(
        5,
        Group.LIMITS,
        "Changes of the email address",
        "How often one user can ask to change the email address in an hour, and how many emails to confirm one "
        "address gets.",
        "changes an hour",
        least=1,
        most=1000,
    )
    resets_an_hour_of_an_address: int = setting(
        50,
        Group.LIMITS,
        "Resets asked for by an address",
        "How many emails to reset a password one network address can request in an hour.",
        "forms an hour",
        least=1,
        most=100_000,
    )
    failed_sign_ins_an_hour_of_an_address: int = setting(
        300,
        Group.LIMITS,
        "Failed sign-ins of an address",
        "How many sign-ins can fail in an hour from one network address. An IPv6 /64 counts as one address.",
        "failures an hour",
        least=10,
        most=1_000_000,
        dangerous=True,
    )
    names_a_minute: int = setting(
        20,
        Group.LIMITS,
        "Names that a person tries",
        "How many names of groups, projects and organizations one user can try in a minute. A form tells when "
        "a name is taken.",
        "tries a minute",
        least=1,
        most=10_000,
    )
    api_requests_a_minute: int = setting(
        2000,
        Group.LIMITS,
        "API requests of a person",
        "How many API requests one user can send to one pod in a minute.",
        "requests a minute",
        least=10,
        most=1_000_000,
        dangerous=True,
    )
    api_requests_a_minute_of_an_address: int = setting(
        500,
        Group.LIMITS,
        "API requests of an address",
        "How many API requests without a valid token one network address can send to one pod in a minute.",
        "requests a minute",
        least=10,
        most=1_000_000,
        dangerous=True,
    )
    graphql_introspection: bool = setting(
        True,
        Group.LIMITS,
        "GraphQL introspection",
        "Whether GraphQL clients can ask for the schema. Tools that complete and check queries need it.",
        "yes or no",
    )
    largest_body_kib: int = setting(
        1024,
        Group.LIMITS,
        "Largest request body",
        "A pod answers 413 to a request with a larger body.",
        "KiB",
        least=64,
        most=10 * 1024,
        dangerous=True,
    )

    organizations_a_day: int = setting(
        20,
        Group.MEMBERS,
        "Organizations that a person makes",
        "How many organizations one user can make in a day.",
        "organizations a day",
        least=0,
        most=10_000,
    )
    invitation_days: int = setting(
        7,
        Group.MEMBERS,
        "Life of an invitation",
        "How long a new invitation can be accepted.",
        "days",
        least=1,
        most=90,
    )
    invitations_a_day: int = setting(
        100,
        Group.MEMBERS,
        "Invitations that a person sends",
        "How many invitations one user can send in a day.",
        "mails a day",
        least=1,
        most=100_000,
    )
    invitations_open: int = setting(
        200,
        Group.MEMBERS,
        "Open invitations",
        "How many invitations of one organization can be open at a time.",
        "invitations",
        least=1,
        most=100_000,
    )

    default_group_visibility: Visibility = setting(
        "private",
        Group.PROJECTS,
        "Visibility of a new group",
        "The visibility that the form for a new group suggests, or the widest that the parent group allows.",
        "a visibility",
    )
    default_project_visibility: Visibility = setting(
        "private",
        Group.PROJECTS,
        "Visibility of a new project",
        "The visibility that the form for a new project suggests, or the widest that the namespace allows.",
        "a visibility",
    )
    tombstone_days: int = setting(
        7,
        Group.PROJECTS,
        "Rest of a deleted name",
        "How long nobody can take the name of something deleted, so that nobody inherits its links.",
        "days",
        least=1,
        most=365,
    )

    placement_policy: Policy = setting(
        "region",
        Group.PLACEMENT,
        "Where new organizations go",
        "Where new organizations go. `region`: the pod with the fewest organizations in the user's region. "
        "`room`: the pod with the fewest in the cluster. `pod`: the pod of placement_pod. `weights`: in "
        "proportion to placement_weights. Draining and closed pods get none; if that leaves no pod, the "
        "region's pods are considered, then all pods.",
        "a policy",
    )
    placement_pod: str = setting(
        "",
        Group.PLACEMENT,
        "The pod of the policy `pod`",
        "The pod that gets every new organization under the policy `pod`.",
        "a pod",
        most=31,
    )
    placement_weights: dict[str, int] = setting(
        {},
        Group.PLACEMENT,
        "The weights of the policy `weights`",
        'The share of each pod under the policy `weights`, as in {"pod_us1": 1, "pod_eu0": 3}. A pod without '
        "a weight gets none.",
        "weights by pod",
    )
    placement_closed: tuple[str, ...] = setting(
        (),
        Group.PLACEMENT,
        "Closed pods",
        "Pods that get no new organization under any policy. They go on serving what they have.",
        "pods",
    )

    learn_routable_seconds: int = setting(
        60,
        Group.LEARN,
        "Life of a prefix",
        "How long routers can remember which pod serves an organization, group or project.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_public_seconds: int = setting(
        10,
        Group.LEARN,
        "Life of a global page",
        "How long routers can remember which pod serves a page of GitLab.com Public, such as /dashboard.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_fixed_seconds: int = setting(
        300,
        Group.LEARN,
        "Life of a fixed answer",
        "How long routers can remember the pod of an endpoint that names its pod, such as sign-in.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_any_seconds: int = setting(
        300,
        Group.LEARN,
        "Life of `any`",
        "How long routers can remember that every pod serves a path.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_absent_seconds: int = setting(
        10,
        Group.LEARN,
        "Life of an absent name",
        "How long routers can remember that a name does not exist. A user may create it at any time.",
        "seconds",
        least=1,
        most=300,
        per_pod=False,
    )
    learn_unknown_seconds: int = setting(
        5,
        Group.LEARN,
        "Life of an unknown endpoint",
        "How long routers can remember that no pod knows an endpoint. The next release may bring it.",
        "seconds",
        least=1,
        most=300,
        per_pod=False,
    )

    conceal_ms: int = setting(
        150,
        Group.CONCEALMENT,
        "Time budget of a 404",
        "Routers hold an answer that must not tell an absent name from a private one until a multiple of this "
        "time. Set it above the time of a redirected request to the farthest region.",
        "milliseconds",
        least=10,
        most=5000,
        per_pod=False,
        dangerous=True,
    )
    conceal_directly_ms: int = setting(
        50,
        Group.CONCEALMENT,
        "Time budget without a router",
        "How long a pod without a router holds such an answer. Holding it takes a thread.",
        "milliseconds",
        least=1,
        most=1000,
        dangerous=True,
    )

    replica_lag_seconds: float = setting(
        5.0,
        Group.REPLICAS,
        "Lag that is told",
        "From this lag on, a replica is reported as late, by each pod in /-/readiness, and by the cluster "
        "page and cluster status with the legacy pod's value.",
        "seconds",
        least=0.5,
        most=3600,
    )
    write_wait_seconds: float = setting(
        2.0,
        Group.REPLICAS,
        "Wait after a write",
        "How long the response to a write waits for the region's replica when the client sends no cookies.",
        "seconds",
        least=0,
        most=10,
    )
    sign_out_wait_seconds: float = setting(
        2.0,
        Group.REPLICAS,
        "Wait after signing out",
        "How long a response that ends a session waits until every replica shows it. Never less than "
        "session_replica_seconds: to raise both, raise this one first; to lower both, lower it last.",
        "seconds",
        least=0.5,
        most=10,
        per_pod=False,
        dangerous=True,
    )
    session_replica_seconds: float = setting(
        2.0,
        Group.REPLICAS,
        "Age at which sessions are read from the primary",
        "Pods read sessions from the primary when the replica may be further behind than this.",
        "seconds",
        least=0.5,
        most=10,
        per_pod=False,
        dangerous=True,
    )

    product_name: str = setting(
        "Forge",
        Group.MESSAGES,
        "Name of the product",
        "The name that users see in the header and title of every page, and when they install the site on a device.",
        "characters",
        least=1,
        most=40,
        per_pod=False,
    )
    maintenance_message: str = setting(
        "",
        Group.MESSAGES,
        "Message on every page",
        "A message above every page, such as when a pod will be down. Empty: none.",
        "text",
        most=500,
        templated=True,
    )
    mail_sender: str = setting(
        "pods@localhost",
        Group.MESSAGES,
        "Sender of mails",
        "The sender of emails.",
        "a mail address",
        most=254,
        templated=True,
    )

    search_address: str = setting(
        "",
        Group.SEARCH,
        "Search backend",
        "The address of your search backend. Empty: pods search names in their own database.",
        "an http or https address",
        most=1000,
        templated=True,
    )
    search_token: str = setting(
        "",
        Group.SEARCH,
        "Token of the search backend",
        "The backend's token, sent as Authorization: Bearer. Empty: none.",
        "a token",
        most=1000,
        secret=True,
    )
    search_seconds: float = setting(
        2.0,
        Group.SEARCH,
        "Patience with the search backend",
        "How long a pod waits for the search backend before it says that search is unavailable.",
        "seconds",
        least=0.1,
        most=10,
    )

    @field_validator("mail_sender")
    @classmethod
    def _is_address(cls, value: str) -> str:
        name, at, host = value.rpartition("@")
        if not (name and at and host) or not value.isprintable() or any(each in value for each in " <>,;\"'"):
            raise ValueError("write one mail address, such as pods@example.com")
        return value

    @field_validator("search_address")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
            raise ValueError("write an address such as https://search.example.com, or nothing")
        return value

    @field_validator("search_token")
    @classmethod
    def _fits_a_header(cls, value: str) -> str:
        if not (value.isascii() and value.isprintable()):
            raise ValueError("write ASCII characters only")
        return value

    @field_validator("placement_weights")
    @classmethod
    def _are_weights(cls, value: dict[str, int]) -> dict[str, int]:
        if any(not 0 <= weight <= 1000 for weight in value.values()):
            raise ValueError("write weights between 0 and 1000")
        return value

    @model_validator(mode="after")
    def _sessions_end_in_time(self) -> Self:
        if self.sign_out_wait_seconds < self.session_replica_seconds:
            raise ValueError("sign_out_wait_seconds must not be less than session_replica_seconds")
        return self


DEFINITIONS: Mapping[str, Definition] = {
    name: definition_of(name, field) for name, field in Settings.model_fields.items()
}


def problems_of(settings: Settings, topology: Topology) -> Iterator[tuple[str, str]]:
    """Yield the name of each setting that must not be saved with this value, and what to do.

    Not asked of values in force: a pod that left the topology keeps no pod from starting.
    """
    named = {
        "placement_pod": [settings.placement_pod] if settings.placement_pod else [],
        "placement_weights": list(settings.placement_weights),
        "placement_closed": list(settings.placement_closed),
    }
    for name, pods in named.items():
        unknown = [pod for pod in pods if pod not in topology.pods]
        if unknown:
            yield name, f"there is no {', '.join(unknown)}; the pods are {', '.join(topology.pods)}"
    if settings.placement_policy == "pod" and not settings.placement_pod:
        yield "placement_pod", "the policy `pod` needs one; name it or choose another policy"
    if settings.placement_policy == "weights" and not any(settings.placement_weights.values()):
        yield "placement_weights", "the policy `weights` needs one above 0; give one or choose another policy"
