from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from monolith.demo_facts import PASSWORD
from tests.pods.conftest import Pods, csrf_token

PATH = "/users/sign_in"


def send(pods: Pods, pod: str = "pod_us0", **fields: str) -> httpx.Response:
    form = pods.get(pod, PATH)
    filled = {"username": "mia", "password": PASSWORD, "csrfmiddlewaretoken": csrf_token(form), **fields}
    return pods.ask("POST", pod, PATH, data=filled, cookies=httpx.Cookies(form.cookies))


def test_it_works(pods: Pods) -> None:
    answer = send(pods)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    assert pods.get("pod_eu1", "/", cookies=httpx.Cookies(answer.cookies)).headers["Location"].endswith("/-/dashboard")


def test_it_leads_back(pods: Pods) -> None:
    assert send(pods, redirect="/my-company/x%2Fy?a=b").headers["Location"] == "/my-company/x%2Fy?a=b"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", "///evil.example", "http:evil.example", " /x", "/x\r\nSet-Cookie: a=b", "/users/sign_in",
        "/users/sign_out", "x",
    ],
)  # fmt: skip
def test_it_leads_nowhere_else(pods: Pods, elsewhere: str) -> None:
    assert send(pods, redirect=elsewhere).headers["Location"] == "/"


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}, {"username": ""}, {"password": ""}])
def test_it_refuses_and_does_not_say_what_was_wrong(pods: Pods, wrong: dict[str, str]) -> None:
    answer = send(pods, **wrong)
    assert answer.status_code == 422
    assert "demo" not in str(answer.cookies) or not any("session" in name for name in answer.cookies)


def test_it_wants_its_own_form(pods: Pods) -> None:
    answer = pods.ask("POST", "pod_us0", PATH, data={"username": "mia", "password": PASSWORD})
    assert answer.status_code == 403
    assert "<h1>Form not accepted</h1>" in answer.text
    assert not any("session" in name for name in answer.cookies)


def test_the_session_cookie_is_named_for_the_cluster_and_kept_from_scripts(pods: Pods) -> None:
    cookies = [value for value in send(pods).headers.get_list("Set-Cookie") if "_session=" in value]
    assert cookies[0].startswith(f"{pods.cluster.topology.instance}_session=")
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]


def test_sign_out_ends_the_session_on_every_pod(pods: Pods) -> None:
    cookies = pods.sign_in("mia")
    form = pods.get("pod_us1", "/users/sign_out", cookies=cookies)
    cookies.update(form.cookies)
    out = pods.ask(
        "POST", "pod_us1", "/users/sign_out", data={"csrfmiddlewaretoken": csrf_token(form)}, cookies=cookies
    )
    assert out.headers["Location"] == "/"
    cookies.update(out.cookies)
    assert pods.get("pod_eu0", "/my-company", cookies=cookies).status_code == 302


def test_a_link_signs_nobody_out(pods: Pods, people: Callable[[str], httpx.Cookies]) -> None:
    assert pods.get("pod_us0", "/users/sign_out", cookies=people("mia")).status_code == 200
    assert pods.get("pod_eu0", "/my-company", cookies=people("mia")).status_code == 200
