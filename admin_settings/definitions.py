"""Every setting that all pods share, with its type, bounds and default: the one place for each.

What `admin_settings` stores are values by name; those of one pod make a
`Settings`. A name that this release does not know is left out, since the release
before and after may run on the same rows. Whoever saves asks `problems_of` too.
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
        "Whether people may sign up by themselves. Closed, only those come in whom a member has invited.",
        "yes or no",
        dangerous=True,
    )
    session_hours: int = setting(
        14 * DAY_HOURS,
        Group.SIGN_UP,
        "Session length",
        "How long somebody stays signed in, for those who sign in from now on.",
        "hours",
        least=1,
        most=365 * DAY_HOURS,
    )
    sign_in_failures: int = setting(
        10,
        Group.SIGN_UP,
        "Failed sign-ins before the lock-out",
        "After so many wrong passwords for a username it is locked, wherever they were tried and whether it exists "
        "or not.",
        "tries",
        least=3,
        most=1000,
        dangerous=True,
    )
    lock_out_minutes: int = setting(
        10,
        Group.SIGN_UP,
        "Lock-out",
        "For how long a username is locked after too many wrong passwords.",
        "minutes",
        least=1,
        most=DAY_HOURS * 60,
        dangerous=True,
    )
    password_reset_hours: int = setting(
        6,
        Group.SIGN_UP,
        "Life of a link to reset a password",
        "How long after the mail a password can be chosen by its link.",
        "hours",
        least=1,
        most=7 * DAY_HOURS,
    )
    access_token_days: int = setting(
        365,
        Group.SIGN_UP,
        "Longest life of an access token",
        "For how many days at most a new personal access token works.",
        "days",
        least=1,
        most=365,
    )

    sign_ups_an_hour: int = setting(
        100,
        Group.LIMITS,
        "Sign-ups of an address",
        "How many forms to sign up may be sent in an hour from one network address; a network of IPv6 that one "
        "line has counts as one address.",
        "forms an hour",
        least=1,
        most=1_000_000,
    )
    people_an_hour: int = setting(
        100,
        Group.LIMITS,
        "People that a person asks about",
        "How many answers one person gets in an hour that tell whether somebody has a username or a mail address. "
        "Without a limit they would be a way to list everybody.",
        "answers an hour",
        least=1,
        most=100_000,
    )
    passwords_an_hour: int = setting(
        50,
        Group.LIMITS,
        "Tries at one's own password",
        "How often whoever is signed in as somebody may be asked for their present password.",
        "tries an hour",
        least=1,
        most=10_000,
    )
    reset_mails_an_hour: int = setting(
        5,
        Group.LIMITS,
        "Mails to reset a password",
        "How many of these mails one person gets in an hour.",
        "mails an hour",
        least=1,
        most=1000,
    )
    resets_an_hour_of_an_address: int = setting(
        50,
        Group.LIMITS,
        "Resets asked for by an address",
        "How often a mail to reset a password may be asked for from one network address.",
        "forms an hour",
        least=1,
        most=100_000,
    )
    failed_sign_ins_an_hour_of_an_address: int = setting(
        300,
        Group.LIMITS,
        "Failed sign-ins of an address",
        "How often signing in may fail in an hour from one network address, with whatever usernames; a network of "
        "IPv6 that one line has counts as one address.",
        "failures an hour",
        least=10,
        most=1_000_000,
        dangerous=True,
    )
    names_a_minute: int = setting(
        20,
        Group.LIMITS,
        "Names that a person tries",
        "How many names of groups, projects and organizations one person may try: that one is taken is "
        "told, and must not be a way to list them all.",
        "tries a minute",
        least=1,
        most=10_000,
    )
    api_requests_a_minute: int = setting(
        2000,
        Group.LIMITS,
        "API requests of a person",
        "How many requests one person's programs may send to the API of one pod in a minute.",
        "requests a minute",
        least=10,
        most=1_000_000,
        dangerous=True,
    )
    api_requests_a_minute_of_an_address: int = setting(
        500,
        Group.LIMITS,
        "API requests of an address",
        "How many requests of nobody may come to the API of one pod in a minute from one network address, those "
        "with a wrong token included.",
        "requests a minute",
        least=10,
        most=1_000_000,
        dangerous=True,
    )
    largest_body_kib: int = setting(
        1024,
        Group.LIMITS,
        "Largest request body",
        "A request with a larger body is answered 413 before it is read.",
        "KiB",
        least=64,
        most=10 * 1024,
        dangerous=True,
    )

    organizations_a_day: int = setting(
        20,
        Group.MEMBERS,
        "Organizations that a person makes",
        "How many organizations one person may make in a day.",
        "organizations a day",
        least=0,
        most=10_000,
    )
    invitation_days: int = setting(
        7,
        Group.MEMBERS,
        "Life of an invitation",
        "How long an invitation that is sent from now on can be accepted.",
        "days",
        least=1,
        most=90,
    )
    invitations_a_day: int = setting(
        100,
        Group.MEMBERS,
        "Invitations that a person sends",
        "How many invitations one person may send in a day.",
        "mails a day",
        least=1,
        most=100_000,
    )
    invitations_open: int = setting(
        200,
        Group.MEMBERS,
        "Open invitations",
        "How many invitations of one organization may wait for an answer at a time.",
        "invitations",
        least=1,
        most=100_000,
    )

    default_group_visibility: Visibility = setting(
        "private",
        Group.PROJECTS,
        "Visibility of a new group",
        "What the form for a new group offers first, or the widest that its parent allows.",
        "a visibility",
    )
    default_project_visibility: Visibility = setting(
        "private",
        Group.PROJECTS,
        "Visibility of a new project",
        "What the form for a new project offers first, or the widest that its namespace allows.",
        "a visibility",
    )
    tombstone_days: int = setting(
        7,
        Group.PROJECTS,
        "Rest of a deleted name",
        "For how long nobody can take the name of what is deleted from now on, so that nobody inherits its links.",
        "days",
        least=1,
        most=365,
    )

    placement_policy: Policy = setting(
        "region",
        Group.PLACEMENT,
        "Where new organizations go",
        "`region`: the pod with the fewest organizations in the region of whoever asks. `room`: the one with the "
        "fewest of the whole cluster. `pod`: the pod named below. `weights`: organizations in proportion to the "
        "weights below. A draining or closed pod gets none; where that leaves nothing, the next wider choice holds.",
        "a policy",
    )
    placement_pod: str = setting(
        "",
        Group.PLACEMENT,
        "The pod of the policy `pod`",
        "Which pod gets every new organization under the policy `pod`.",
        "a pod",
        most=31,
    )
    placement_weights: dict[str, int] = setting(
        {},
        Group.PLACEMENT,
        "The weights of the policy `weights`",
        'How many organizations each pod holds for each one of the others, as in {"pod_us1": 1, "pod_eu0": 3}. A '
        "pod without a weight gets none.",
        "weights by pod",
    )
    placement_closed: tuple[str, ...] = setting(
        (),
        Group.PLACEMENT,
        "Closed pods",
        "Pods that get no new organization, whatever the policy; what they hold is served as before.",
        "pods",
    )

    learn_routable_seconds: int = setting(
        60,
        Group.LEARN,
        "Life of a prefix",
        "How long routers may remember which pod serves an organization, group or project.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_public_seconds: int = setting(
        10,
        Group.LEARN,
        "Life of a global page",
        "How long routers may remember who serves a page of GitLab.com Public such as /dashboard.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_fixed_seconds: int = setting(
        300,
        Group.LEARN,
        "Life of a fixed answer",
        "How long routers may remember who serves an endpoint that names its pod, such as sign-in.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_any_seconds: int = setting(
        300,
        Group.LEARN,
        "Life of `any`",
        "How long routers may remember that every pod serves a path.",
        "seconds",
        least=1,
        most=3600,
        per_pod=False,
    )
    learn_absent_seconds: int = setting(
        10,
        Group.LEARN,
        "Life of an absent name",
        "How long routers may remember that nobody has a name. Somebody may take it in a moment.",
        "seconds",
        least=1,
        most=300,
        per_pod=False,
    )
    learn_unknown_seconds: int = setting(
        5,
        Group.LEARN,
        "Life of an unknown endpoint",
        "How long routers may remember that no pod knows an endpoint. The next release may bring it.",
        "seconds",
        least=1,
        most=300,
        per_pod=False,
    )

    conceal_ms: int = setting(
        150,
        Group.CONCEALMENT,
        "Time budget of a 404",
        "Routers hold an answer that must not tell an absent name from a private one for a whole number of these. "
        "More than a redirected request to the farthest region takes.",
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
        "How long a pod holds such an answer by itself when no router stands before it. It costs a thread.",
        "milliseconds",
        least=1,
        most=1000,
        dangerous=True,
    )

    replica_lag_seconds: float = setting(
        5.0,
        Group.REPLICAS,
        "Lag that is told",
        "From how far behind its primary a replica is told as late: by a pod in /-/readiness; by the cluster page and "
        "the command cluster status, which both go by the value of the legacy pod.",
        "seconds",
        least=0.5,
        most=3600,
    )
    write_wait_seconds: float = setting(
        2.0,
        Group.REPLICAS,
        "Wait after a write",
        "How long the response of a write waits for the region's replica when the client keeps no cookies, and so "
        "cannot bring its position along.",
        "seconds",
        least=0,
        most=10,
    )
    sign_out_wait_seconds: float = setting(
        2.0,
        Group.REPLICAS,
        "Wait after signing out",
        "How long the response of what ends a session waits until every replica shows it. Not less than the next "
        "one: to lengthen both, lengthen this first; to shorten both, this last.",
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
        "How far behind a replica may be that says who is signed in. From then on the primary is asked.",
        "seconds",
        least=0.5,
        most=10,
        per_pod=False,
        dangerous=True,
    )

    maintenance_message: str = setting(
        "",
        Group.MESSAGES,
        "Message on every page",
        "What people are told above every page, such as when a pod will be down. Empty: nothing.",
        "text",
        most=500,
        templated=True,
    )
    mail_sender: str = setting(
        "pods@localhost",
        Group.MESSAGES,
        "Sender of mails",
        "The address that mails come from.",
        "a mail address",
        most=254,
        templated=True,
    )

    search_address: str = setting(
        "",
        Group.SEARCH,
        "Search backend",
        "Where the pod asks what /search shows; it adds ?search=…. Empty: the pod looks for names in its own database.",
        "an http or https address",
        most=1000,
        templated=True,
    )
    search_token: str = setting(
        "",
        Group.SEARCH,
        "Token of the search backend",
        "Sent to the backend as Authorization: Bearer. Empty: nothing is sent.",
        "a token",
        most=1000,
        secret=True,
    )
    search_seconds: float = setting(
        2.0,
        Group.SEARCH,
        "Patience with the search backend",
        "After how long a search is given up, and the person told so.",
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
    """What else is wrong with values that somebody wants to save: the name of the setting, and what to do.

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
