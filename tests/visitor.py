"""Somebody with a browser: one set of cookies, whichever region's router is the nearest."""

from __future__ import annotations

import re
from collections import Counter
from types import TracebackType

import httpx

from monolith.demo_facts import PASSWORD
from tests.running_cluster import RunningCluster

SIGN_IN, CONFIRM = "/users/sign_in", "/-/profile/confirm"
FIELD = "reauthentication_password"
TIMEOUT_SECONDS = 20
_CSRF = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')


def below_header(page: str) -> str:
    """The HTML of a page without its header, whose menus are the same on every page."""
    return re.sub(r"(?s)<header.*?</header>", "", page)


class Visitor:
    """Sends requests to the router of their region, and follows a redirect only when told to."""

    def __init__(self, cluster: RunningCluster, region: str) -> None:
        self._cluster = cluster
        self.region = region
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, verify=False)
        self.sent: Counter[str] = Counter()
        """Requests by region."""

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def cookies(self) -> httpx.Cookies:
        """What the browser keeps."""
        return self._client.cookies

    def get(self, path: str, **headers: str) -> httpx.Response:
        """One GET request."""
        return self._send("GET", path, headers=headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """One form, sent."""
        return self._send("POST", path, data=fields, headers=headers)

    def delete(self, path: str, **headers: str) -> httpx.Response:
        """One DELETE request."""
        return self._send("DELETE", path, headers=headers)

    def follow(self, response: httpx.Response) -> httpx.Response:
        """The page that a redirect leads to. A `Location` names no host: the same router is asked."""
        location = response.headers["location"]
        assert location.startswith("/"), location
        assert not location.startswith("//"), location
        return self.get(location)

    def submit(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Send a form of a page to where it goes; returns the answer, which is no refusal."""
        answer = self.fill_in_form(page, action, **fields)
        assert answer.status_code < 400, answer.text
        return answer

    def fill_in_form(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Send a form of a page to where it goes; returns the answer."""
        form = self.get(page)
        found = _CSRF.search(form.text)
        assert found, form.text
        return self.post(action, {**fields, "csrfmiddlewaretoken": found[1]})

    def sign_in(self, username: str) -> None:
        """Through the form, as people do."""
        answer = self.fill_in(self.get(SIGN_IN), username)
        assert answer.status_code == 302, answer.text

    def confirm_password(self) -> None:
        """Before what asks for it."""
        self.follow(self.submit(CONFIRM, CONFIRM, **{FIELD: PASSWORD}))

    def fill_in(self, form: httpx.Response, username: str) -> httpx.Response:
        """Send the sign-in form of a page back to where it came from, as `username`; returns the answer."""
        found = _CSRF.search(form.text)
        assert found, form.text
        fields = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
        return self.post(form.request.url.raw_path.decode(), fields)

    def _send(self, method: str, path: str, **options: object) -> httpx.Response:
        self.sent[self.region] += 1
        return self._client.request(method, f"{self._cluster.url(self.region)}{path}", **options)  # type: ignore[arg-type]
