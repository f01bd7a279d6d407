"""The pages that people look at, and the forms that they send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone

from admin_settings.stored import read_stored
from bench.asks import LEGACY_POD, Ask, Browser, catch_up
from bench.people import FOUND, SIGN_IN, getting, new_session, person, sign_in, signed_in, unused
from monolith.demo_facts import PASSWORD
from organizations.members import invitations
from organizations.members.models import Membership
from organizations.models import Organization
from users.models import PersonalAccessToken, SignIn
from users.reauthentication import FIELD as PASSWORD_AGAIN
from users.sign_ins import NOTED_AFTER

ORGANIZATION, GROUP, PROJECT = "/organizations/my-organization", "/my-company", "/my-company/my-project"
FOREIGN = "/gitlab-org/gitlab"
MEMBERS = f"{ORGANIZATION}/-/members"
PROFILE = "/-/profile"
TOKENS, SESSIONS = f"{PROFILE}/personal_access_tokens", f"{PROFILE}/sessions"
ADMINISTRATOR = "root"
MISROUTED = 421

Do = Callable[[Browser, Any], Any]


def pages() -> Iterator[Ask]:
    """What people ask for, each in a browser of their own."""
    yield from _visits()
    yield from _work()
    yield from _account()
    yield from _members()
    yield from _administration()


def _visits() -> Iterator[Ask]:
    yield getting("visitor: GET /users/sign_in", SIGN_IN, who=None)
    yield getting("visitor: GET a private project", PROJECT, who=None, status=FOUND)
    yield Ask("visitor: sign up", _sign_up, FOUND)
    yield Ask("sign in", lambda browser, _: sign_in(browser), FOUND)
    yield Ask("the first page after it", lambda browser, _: browser.get(PROJECT), prepare=sign_in, afterwards=True)
    yield Ask("the first page in an hour", lambda browser, _: browser.get(PROJECT), prepare=_not_seen_lately)
    yield getting("GET /organizations/…/-/dashboard", f"{ORGANIZATION}/-/dashboard")
    yield getting("GET a group", GROUP)
    yield getting("GET a project", PROJECT)
    yield getting("GET a project's issues", f"{PROJECT}/-/issues")
    yield getting("GET what is on another pod", FOREIGN, status=MISROUTED)
    yield Ask("sign out", _sending("/users/sign_out"), FOUND, signed_in())


def _work() -> Iterator[Ask]:
    def group(browser: Browser, _: object) -> Any:
        return browser.post(f"{ORGANIZATION}/-/groups", _named())

    def project(browser: Browser, _: object) -> Any:
        return browser.post(f"{GROUP}/-/projects/new", _named())

    yield _form("create a group", group)
    yield _form("create a project", project)
    yield _form("open an issue", _sending(f"{PROJECT}/-/issues/new", title="Bench"))
    yield _form("comment on an issue", _sending(f"{PROJECT}/-/issues/1/notes", text="Bench"))


def _account() -> Iterator[Ask]:
    yield _form("change a profile", _sending(PROFILE, name="Mia"))
    yield Ask("change the default organization", _choose_default, FOUND, _with_home)
    again = _sending(f"{PROFILE}/password", current=PASSWORD, password=PASSWORD)
    yield Ask("change a password", again, FOUND, signed_in("eva"))
    token = _sending(TOKENS, name="Bench", scope="api", days="30")
    yield Ask("make a token", token, 200, _confirmed)
    yield Ask("revoke a token", lambda browser, pk: browser.post(f"{TOKENS}/{pk}/revoke"), FOUND, _with_token)
    yield getting("GET one's sessions", SESSIONS)
    yield Ask(
        "end a session elsewhere",
        lambda browser, pk: browser.post(f"{SESSIONS}/{pk}/end"),
        FOUND,
        _with_session_elsewhere,
    )
    yield Ask("sign out everywhere", _sending(f"{PROFILE}/account/sign_out"), FOUND, signed_in("eva"))


def _members() -> Iterator[Ask]:
    yield _form("make an organization", _make_organization)
    yield getting("GET an organization's members", MEMBERS)
    yield _form("invite a member", _invite)
    yield Ask(
        "join by an invitation (legacy pod)",
        lambda browser, token: browser.post(f"/-/invites/{token}", {}),
        FOUND,
        _invited,
        pod=LEGACY_POD,
    )
    yield Ask(
        "change a member's role",
        lambda browser, pk: browser.post(f"{MEMBERS}/{pk}/role", {"role": "guest"}),
        FOUND,
        _with_member,
    )
    yield Ask("remove a member", lambda browser, pk: browser.post(f"{MEMBERS}/{pk}/remove"), FOUND, _with_member)


def _administration() -> Iterator[Ask]:
    yield getting("Admin Area: projects of a pod", "/admin/pods/pod_eu0/projects", ADMINISTRATOR)
    yield getting("Admin Area: users (legacy pod)", "/admin/users", ADMINISTRATOR, pod=LEGACY_POD)
    yield getting("Admin Area: settings (legacy pod)", "/admin/settings", ADMINISTRATOR, pod=LEGACY_POD)
    yield Ask("Admin Area: change a setting (legacy pod)", _change_setting, FOUND, _proven, pod=LEGACY_POD)


def _form(name: str, do: Do, status: int = FOUND) -> Ask:
    return Ask(name, do, status, signed_in())


def _sending(path: str, **fields: str) -> Do:
    return lambda browser, _: browser.post(path, fields)


def _named() -> dict[str, str]:
    return {"name": "Bench", "path": unused(), "visibility": "internal"}


def _sign_up(browser: Browser, _: object) -> Any:
    name = unused()
    fields = {"name": "Somebody", "username": name, "email": f"{name}@example.com"}
    return browser.post("/users/sign_up", {**fields, "password": "correct horse battery"})


def _choose_default(browser: Browser, home: int) -> Any:
    return browser.post(f"{PROFILE}/preferences", {"default_organization": home})


def _make_organization(browser: Browser, _: object) -> Any:
    return browser.post("/users/organizations/new", {"name": "Bench", "path": unused()})


def _invite(browser: Browser, _: object) -> Any:
    fields = {"email": f"{unused()}@example.com", "role": "member"}
    return browser.post(f"{ORGANIZATION}/-/invitations", fields)


def _change_setting(browser: Browser, version: int) -> Any:
    return browser.post("/admin/settings", {"version": version, "session_hours": 24 + version % 100})


def _not_seen_lately(browser: Browser) -> None:
    new_session(browser)
    SignIn.objects.using("users").filter(pk=_newest(SignIn)).update(last_seen_at=timezone.now() - 2 * NOTED_AFTER)


def _with_home(browser: Browser) -> int:
    signed_in()(browser)
    return person().default_organization_id


def _confirmed(browser: Browser) -> None:
    """A user who confirmed their password a moment ago."""
    signed_in()(browser)
    browser.post(f"{PROFILE}/confirm", {PASSWORD_AGAIN: PASSWORD})


def _with_token(browser: Browser) -> int:
    _confirmed(browser)
    PersonalAccessToken.issue(person(), "Bench")
    return _newest(PersonalAccessToken)


def _with_session_elsewhere(browser: Browser) -> int:
    signed_in()(browser)
    new_session(Browser())
    return _newest(SignIn)


def _newest(model: type[PersonalAccessToken] | type[SignIn]) -> int:
    return model._default_manager.using("users").filter(user=person()).latest("pk").pk


def _with_member(browser: Browser) -> int:
    signed_in()(browser)
    newcomer = person("newcomer")
    Membership.objects.using("users").get_or_create(
        user=newcomer, organization_id=_organization().pk, defaults={"role": Membership.Role.MEMBER}
    )
    return newcomer.pk


def _invited(browser: Browser) -> str:
    """The token of an invitation for a user who is not a member."""
    signed_in("newcomer")(browser)
    organization = _organization().pk
    Membership.objects.using("users").filter(user=person("newcomer"), organization_id=organization).delete()
    return invitations.token_of(invitations.invite(organization, f"{unused()}@example.com", "member", person()))


def _proven(browser: Browser) -> int:
    """The version of the settings, for an administrator who has given the password a moment ago."""
    signed_in(ADMINISTRATOR)(browser)
    # Without a browser's own positions, nothing else tells a replica what it has to show.
    catch_up()
    browser.post("/admin/users", {PASSWORD_AGAIN: PASSWORD})
    return read_stored("admin").version.number


def _organization() -> Organization:
    return Organization.objects.using("routes").get(path="my-organization")
